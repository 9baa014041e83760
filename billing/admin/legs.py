"""A journal to be, as a table: what would be posted, and the wallet before and after."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.admin.columns import side, yuan
from billing.forecasts import Forecast
from billing.models import CreditLot, LedgerAccount
from common.admin import Detail


def detail_of(forecast: Forecast) -> Detail:
    """For the page of an act. The legs must not change before it is confirmed; the wallet
    may, as long as they still fit."""
    pinned = "\n".join(
        f"{leg.account} {leg.wallet} {leg.lot} {leg.amount}" for leg in forecast.legs
    )
    return Detail(html=table_of(forecast), pinned=pinned)


def table_of(forecast: Forecast) -> SafeString:
    names = LedgerAccount.objects.in_bulk([int(leg.account) for leg in forecast.legs])
    lots = CreditLot.objects.in_bulk([leg.lot for leg in forecast.legs if leg.lot])
    before, after = forecast.before, forecast.after
    return render_to_string(
        "billing/legs.html",
        {
            "legs": [
                (
                    names[int(leg.account)],
                    lots.get(leg.lot) if leg.lot else None,
                    side(leg.amount, credit=False),
                    side(leg.amount, credit=True),
                )
                for leg in forecast.legs
            ],
            "balances": [
                (_("Available"), yuan(before.available), yuan(after.available)),
                (_("Paid"), yuan(before.paid), yuan(after.paid)),
                (_("Granted"), yuan(before.granted), yuan(after.granted)),
                (_("On hold"), yuan(before.held), yuan(after.held)),
            ]
            if any(leg.wallet for leg in forecast.legs)
            else [],
        },
    )
