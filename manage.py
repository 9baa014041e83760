#!/usr/bin/env python
"""Run an administrative command."""

import os
import sys

# These write the schema, so they connect as the role that owns it. Everything
# else, the web server and the workers included, runs as the app role.
OWNER_COMMANDS = frozenset(
    {"migrate", "sqlmigrate", "createcachetable", "shift_clock", "load_demo_world"}
)
# These do not touch the database, or start it themselves.
COMMANDS_WITHOUT_DATABASE = frozenset(
    {
        "bootstrap_database",
        "check",
        "collect_translations",
        "collectstatic",
        "compile_translations",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "run",
        "spectacular",
        "startapp",
        "version",
    }
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.development")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ["DATABASE_ROLE"] = "owner"
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        _ = settings.INSTALLED_APPS  # reads them all
    except ImproperlyConfigured as error:
        sys.exit(f"A setting keeps the product from starting: {error}")
    if command not in COMMANDS_WITHOUT_DATABASE and not command.startswith("-"):
        from apiqik_backoffice.embedded.household import use_database_during_command

        use_database_during_command()
    import django
    from django.core.management import execute_from_command_line
    from django.utils import translation

    from apiqik_backoffice.terminal_language import terminal_language

    django.setup()
    translation.activate(terminal_language(os.environ))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
