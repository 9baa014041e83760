"""Addresses of the customer's pages of money."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from billing.pages import alerts, money, refunds, usage

OWN = "account/<public_id:public_id>/money/"

urlpatterns = [
    path("money/", money.index, name="money"),
    path(OWN, money.overview, name="money"),
    path(f"{OWN}usage/", usage.index, name="money_usage"),
    path(f"{OWN}usage/file/", usage.download, name="money_usage_file"),
    path(f"{OWN}usage/<int:number>/", usage.charge, name="money_charge"),
    path(f"{OWN}alert/", alerts.edit, name="money_alert"),
    path(f"{OWN}refund/", refunds.ask, name="money_refund"),
    path(
        f"{OWN}refund/<public_id:application>/withdraw/",
        refunds.withdraw,
        name="money_refund_withdraw",
    ),
]
