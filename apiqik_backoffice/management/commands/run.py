"""Run everything: embedded servers, site, worker and timetable."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apiqik_backoffice.bootstrap import BootstrapError
from apiqik_backoffice.embedded.exceptions import EmbeddedServerError
from apiqik_backoffice.supervisor.exceptions import CannotStartError, GivingUpError
from apiqik_backoffice.supervisor.supervision import Supervisor


class Command(BaseCommand):
    help = (
        "Starts the embedded servers if the settings name no others, brings the database up to "
        "date, and runs the site, the worker and the timetable until Ctrl-C."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            Supervisor().run()
        except (
            CannotStartError,
            GivingUpError,
            EmbeddedServerError,
            BootstrapError,
        ) as error:
            raise CommandError(str(error)) from None
