"""Make roles, database, rights and extensions; safe to run again."""

from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from psycopg import OperationalError
from psycopg.conninfo import conninfo_to_dict

from apiqik_backoffice.bootstrap import BootstrapError, bootstrap
from apiqik_backoffice.database_roles import APP, OWNER, READER
from apiqik_backoffice.embedded.exceptions import EmbeddedServerError
from apiqik_backoffice.embedded.household import Household, database_is_embedded


class Command(BaseCommand):
    help = (
        "Creates or repairs the three database roles, the database, its rights and extensions. "
        "Connects by SUPERUSER_DATABASE_URL; the passwords are those of DATABASE_URL, "
        "OWNER_DATABASE_URL and READER_DATABASE_URL. Safe to run again."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if database_is_embedded(settings.DATABASES, settings.VAR_DIR):
                household = Household(broker=False)
                household.open()
                household.close()
            else:
                self._other_server()
        except (BootstrapError, EmbeddedServerError) as error:
            raise CommandError(str(error)) from None
        except OperationalError as error:
            raise CommandError(f"The database server cannot be reached: {error}") from None
        self.stdout.write("The database has its roles, rights and extensions.")

    def _other_server(self) -> None:
        env = environ.Env()
        superuser = env.str("SUPERUSER_DATABASE_URL", default="")
        if not superuser:
            raise CommandError("SUPERUSER_DATABASE_URL is missing.")
        passwords: dict[str, str | None] = {}
        for variable, role in (
            ("DATABASE_URL", APP),
            ("OWNER_DATABASE_URL", OWNER),
            ("READER_DATABASE_URL", READER),
        ):
            url = urlsplit(env.str(variable, default=""))
            if url.username not in {None, role}:
                raise CommandError(f"{variable} must sign in as {role}, not as {url.username}.")
            passwords[role] = unquote(url.password) if url.password else None
        bootstrap(
            conninfo_to_dict(superuser),
            database=settings.DATABASES["default"]["NAME"],
            passwords=passwords,
        )
