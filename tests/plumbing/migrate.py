"""Migrate a database as the owner; run in a process of its own, for the template by databases.py.

python -m tests.plumbing.migrate [app [migration]]
"""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from psycopg.conninfo import conninfo_to_dict

from tests.plumbing.databases import django_settings


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "apiqik_backoffice.settings.testing"
    wanted = conninfo_to_dict(os.environ["TEST_OWNER_CONNECTION"])
    settings.DATABASES["default"].update(django_settings(wanted))
    django.setup()
    call_command("migrate", *sys.argv[1:], interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
