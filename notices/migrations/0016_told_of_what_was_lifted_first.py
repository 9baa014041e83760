"""Those told of a change that is lifted before it reached them are told that it is off.

A function only: nothing is rewritten and nothing waits.
"""

import importlib

from django.db import migrations, models

guards = importlib.import_module("notices.migrations.0010_guards_of_rounds")

NEW = guards.EXPANSION.replace(
    "        ELSE change.state = NEW.phase\n",
    "        WHEN NEW.whom = 'spared' THEN change.state = 'lifted'\n"
    "        ELSE change.state = NEW.phase\n",
)
assert NEW != guards.EXPANSION


class Migration(migrations.Migration):
    dependencies = [("notices", "0015_last_failures_and_strangers")]

    operations = [
        migrations.RunSQL(NEW, guards.EXPANSION),
        migrations.AlterField(
            model_name="expansion",
            name="whom",
            field=models.CharField(
                choices=[
                    ("joined", "accounts that joined in this round"),
                    ("unseen", "owners and administrators not told before"),
                    ("begun", "accounts that feel it now"),
                    ("lifted", "accounts that got their access back"),
                    ("told", "everybody who was told before"),
                    ("postponed", "everybody told of the postponed accounts"),
                    ("exempted", "everybody told of the accounts left out"),
                    ("spared", "everybody told of accounts it had not reached when lifted"),
                    ("dropped", "everybody told whom the correction does not concern"),
                ],
                default="joined",
                max_length=10,
                verbose_name="whom",
            ),
        ),
    ]
