"""Fill an empty database with the demo world."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from apiqik_backoffice.demo.world import load
from common.exceptions import BackOfficeError


class Command(BaseCommand):
    help = (
        "Fills an empty database with made-up staff, customers, agreements and four months of "
        "service changes. All or nothing; refused where there are people already, and where "
        "the setting DEMO is off. `manage.py signins` shows who may sign in."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("DEMO is off: this installation is for real people."))
        started = time.monotonic()
        try:
            signins = load()
        except BackOfficeError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            _("The demo world is there, with %(staff)s members of staff (%(seconds)s s).")
            % {"staff": len(signins.staff), "seconds": round(time.monotonic() - started)}
        )
