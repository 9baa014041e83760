"""The activity log of an account knows of label exemptions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0142_label_exemptions_in_the_feed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="activity",
            name="area",
            field=models.CharField(
                choices=[
                    ("account", "the account"),
                    ("members", "members"),
                    ("keys", "API keys"),
                    ("agreements", "agreements"),
                    ("labels", "label exemptions"),
                    ("transfers", "transfers"),
                    ("money", "money"),
                ],
                max_length=12,
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="activity",
            name="kind",
            field=models.CharField(
                choices=[
                    ("account.opened", "opened the organization"),
                    ("account.renamed", "changed the name"),
                    ("account.closing_asked", "asked to close the account"),
                    ("account.closing_back", "took the closing back"),
                    ("members.invited", "invited somebody"),
                    ("members.invited_again", "sent an invitation again"),
                    ("members.uninvited", "withdrew an invitation"),
                    ("members.joined", "joined"),
                    ("members.role_changed", "changed a role"),
                    ("members.removed", "removed a member"),
                    ("members.left", "left"),
                    ("keys.created", "created an API key"),
                    ("keys.rotated", "rotated an API key"),
                    ("keys.revoked", "revoked an API key"),
                    ("keys.given", "an API key went to another account"),
                    ("keys.received", "an API key came from another account"),
                    ("agreements.accepted", "agreed to an agreement"),
                    ("agreements.objected", "objected to a new version"),
                    ("labels.asked", "asked for a label exemption"),
                    ("labels.back", "took an application for a label exemption back"),
                    ("labels.granted", "a label exemption was granted"),
                    ("labels.declined", "a label exemption was declined"),
                    ("labels.revoked", "a label exemption was revoked"),
                    ("labels.given_up", "gave a label exemption up"),
                    ("transfers.asked", "asked for a transfer"),
                    ("transfers.step", "a transfer went on"),
                    ("transfers.owner_changed", "ownership was handed over"),
                    ("money.top_up", "ordered a top-up"),
                    ("money.refund_asked", "asked for a refund"),
                    ("money.alert_set", "set the balance alert"),
                ],
                max_length=32,
                verbose_name="what",
            ),
        ),
    ]
