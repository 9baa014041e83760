"""Django's `migrate`, in half the time (`apiqik_backoffice.migration_states`)."""

from typing import Any

from django.core.management.commands import migrate

from apiqik_backoffice.migration_states import fewer_renderings


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with fewer_renderings():
            super().handle(*args, **options)
