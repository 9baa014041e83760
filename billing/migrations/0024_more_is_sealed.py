"""What two people decided about money, and what banks and providers said, is sealed."""

from django.db import migrations

from common.sql import sealed_from_now_on

TABLES = [
    "billing_balancealert",
    "billing_bankimport",
    "billing_bankreceipt",
    "billing_bankstatement",
    "billing_floorchange",
    "billing_floorchangeapproval",
    "billing_floorchangerejection",
    "billing_invoice",
    "billing_match",
    "billing_matchapproval",
    "billing_matchrejection",
    "billing_moneyreturn",
    "billing_paymentevent",
    "billing_paymenteventoutcome",
    "billing_periodclose",
    "billing_periodcloseproposal",
    "billing_postingapproval",
    "billing_postingrejection",
    "billing_postingrequest",
    "billing_quarantinedpayment",
    "billing_reconciliationclosing",
    "billing_reconciliationitem",
    "billing_reconciliationrun",
    "billing_refundapplication",
    "billing_refundapplicationanswer",
    "billing_refundconsent",
    "billing_refundpayout",
    "billing_refundpolicy",
    "billing_refundpolicyapproval",
    "billing_settlement",
    "billing_taxrate",
]


class Migration(migrations.Migration):
    # A transaction for each table, and indexes built beside the work that goes on.
    atomic = False

    dependencies = [("billing", "0023_usage_totals"), ("common", "0002_seals")]

    operations = [
        *(sealed_from_now_on(table) for table in TABLES),
    ]
