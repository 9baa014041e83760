"""Restrictions lose the indexes nobody searches by: each cost an entry for every account.

They were worse than idle: nearly all restrictions name no key, and a plan that read all of
those from the index would grow with the restrictions of other accounts.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_uses_of_services")]

    operations = [
        migrations.AlterField(
            model_name="restriction",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="restrictions",
                to="accounts.account",
                verbose_name="account",
            ),
        ),
        migrations.AlterField(
            model_name="restriction",
            name="api_key",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.apikey",
                verbose_name="API key",
            ),
        ),
        migrations.AlterField(
            model_name="restriction",
            name="clause",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.clause",
                verbose_name="clause",
            ),
        ),
        migrations.AlterField(
            model_name="restriction",
            name="service",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="accounts.service",
                verbose_name="service",
            ),
        ),
    ]
