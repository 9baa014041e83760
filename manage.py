#!/usr/bin/env python
"""Run an administrative command."""

import os
import sys

# These write the schema, so they connect as the role that owns it. Everything
# else, the web server and the workers included, runs as the app role.
OWNER_COMMANDS = frozenset({"migrate", "sqlmigrate", "shift_clock", "load_demo_world"})


def main() -> None:
    os.environ.setdefault(
        "DJANGO_SETTINGS_MODULE", "apiqik_backoffice.settings.development"
    )
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["DATABASE_ROLE"] = "owner"
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
