"""Which providers may carry a delivery, the preferred one first."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from phonenumbers import NumberParseException

from accounts.phone_numbers import country_of
from common.languages import listed
from common.messaging import configured
from notices.exceptions import OrderRefused
from notices.models import Channel, ProviderOrder


class Orders:
    """The orders that hold at a moment; without any, that of the settings."""

    def __init__(self, rows: Iterable[ProviderOrder]) -> None:
        self._rows = {(order.channel, order.country): order.providers for order in rows}

    @classmethod
    def now(cls) -> "Orders":
        """One question to the database."""
        return cls(ProviderOrder.objects.only("channel", "country", "providers"))

    def of(self, channel: str, address: str) -> list[str]:
        """Those for an address of a channel. Names that the settings do not know any more are
        passed over; without any left, the order of the settings holds."""
        there = configured.names(channel)
        country = _country(channel, address) if self._rows else ""
        for key in ((channel, country), (channel, "")):
            chosen = [name for name in self._rows.get(key, ()) if name in there]
            if chosen:
                return chosen
        return there


def _country(channel: str, address: str) -> str:
    if channel != Channel.SMS:
        return ""
    try:
        return country_of(address)
    except NumberParseException:
        return ""


def providers_in_use(channel: str) -> list[str]:
    """Every provider to which messages of a channel may go as things stand."""
    there = configured.names(channel)
    rows = ProviderOrder.objects.filter(channel=channel)
    named = {name for order in rows for name in order.providers}
    everywhere = any(not order.country for order in rows)
    return [name for name in there if name in named or not everywhere]


def check(*, channel: str, providers: Sequence[str]) -> None:
    """Raises `OrderRefused` with a sentence for an order that cannot be followed."""
    there = configured.names(channel)
    if not providers:
        raise OrderRefused(_("Name at least one provider."))
    if strangers := [name for name in providers if name not in there]:
        raise OrderRefused(
            _("No provider of this channel is called %(names)s. There are: %(there)s.")
            % {"names": listed(strangers), "there": listed(there)}
        )
    if len(set(providers)) != len(providers):
        raise OrderRefused(_("Name each provider once."))
