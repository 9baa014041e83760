"""The chart of accounts, what each kind of journal may move, and the rate of VAT."""

from datetime import UTC, datetime
from decimal import Decimal

from django.db import migrations

CHART = [
    (1010, "asset", "银行存款", "Bank"),
    (1020, "asset", "支付机构", "Payment providers"),
    (2005, "liability", "待匹配收款", "Money received, not matched yet"),
    (2010, "liability", "客户充值余额", "Customers' paid balances"),
    (2020, "liability", "客户赠送余额", "Customers' granted credit"),
    (2030, "liability", "冻结的客户充值余额", "Customers' paid balances on hold"),
    (2031, "liability", "冻结的客户赠送余额", "Customers' granted credit on hold"),
    (2210, "liability", "应交增值税（销项税额）", "Output VAT"),
    (4010, "income", "用量收入", "Usage revenue"),
    (4020, "income", "赠送余额抵扣的用量", "Usage covered by granted credit"),
    (4030, "income", "过期的赠送余额", "Granted credit expired"),
    (5010, "expense", "赠送支出", "Credit granted"),
    (5020, "expense", "坏账损失", "Debts written off"),
]
# Debits with a minus, credits with a plus.
RULES = {
    "receipt": [-1010, -1020, 2005],
    "return": [-2005, 1010, 1020],
    "top_up": [-1010, -1020, -2005, 2010],
    "grant": [-5010, 2020],
    "charge": [-2010, -2020, 4010, 2210, 4020],
    "hold": [-2010, -2020, 2030, 2031],
    "release": [-2030, -2031, 2010, 2020],
    "expiry": [-2020, 4030],
    "write_off": [-5020, 2010],
    "refund": [-2010, 1010, 1020],
}


def write(apps, schema_editor):
    LedgerAccount = apps.get_model("billing", "LedgerAccount")
    LegRule = apps.get_model("billing", "LegRule")
    TaxRate = apps.get_model("billing", "TaxRate")
    LedgerAccount.objects.bulk_create(
        LedgerAccount(code=code, type=kind, name_zh_hans=chinese, name_en=english)
        for code, kind, chinese, english in CHART
    )
    LegRule.objects.bulk_create(
        LegRule(kind=kind, account_id=abs(code), sign=1 if code > 0 else -1)
        for kind, codes in RULES.items()
        for code in codes
    )
    # Services of information technology: 6% since the reform of 1 May 2016.
    TaxRate.objects.create(
        rate=Decimal("0.06"), in_force_from=datetime(2016, 4, 30, 16, tzinfo=UTC)
    )


def remove(apps, schema_editor):
    apps.get_model("billing", "LegRule").objects.all().delete()
    apps.get_model("billing", "LedgerAccount").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_guards")]

    operations = [migrations.RunPython(write, remove)]
