"""An account that was closed feels no change: it is in no audience that a rule selects, and
left out of one that selected it before."""

from importlib import import_module

from django.db import migrations

# Until now the accounts of a change were those that fit; from now on those of them still open.
_FITS = "JOIN accounts_account account ON change.audience = 'everyone' OR ("
BEFORE = import_module("notices.migrations.0010_guards_of_rounds").AUDIENCE.replace(
    "CREATE VIEW", "CREATE OR REPLACE VIEW"
)
assert BEFORE.count(_FITS) == 1
OPEN = BEFORE.replace(_FITS, _FITS.replace(" ON ", " ON account.closed_at IS NULL AND (")).replace(
    "\n);\n", "\n));\n"
)


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0030_unread_marks"),
        ("accounts", "0060_leaving"),
    ]

    operations = [migrations.RunSQL(OPEN, BEFORE)]
