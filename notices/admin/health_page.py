"""The page of how sending is doing, for whoever may see deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format, number_format
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from common.admin import DeskAdmin
from common.clock import now
from common.figures import Figure
from common.messaging import ReceiptState, Verdict
from common.plots import Plot, Series, Tone, stacked_bars
from notices.admin.delivery_columns import delivery_pill, masked
from notices.health import Health, health, newest_dead
from notices.home import words
from notices.models import Channel, Delivery
from notices.tallies import Tally

PACE_MINUTES = 5
OUTCOMES = [
    Series(
        name=Verdict.ACCEPTED,
        label=gettext_lazy("accepted"),
        tone=Tone.GOOD,
    ),
    Series(name=Verdict.REJECTED_FOR_NOW, label=gettext_lazy("refused for now"), tone=Tone.WARN),
    Series(name=Verdict.REJECTED_FOR_GOOD, label=gettext_lazy("refused for good"), tone=Tone.BAD),
    Series(name=Verdict.AMBIGUOUS, label=gettext_lazy("unknown"), tone=Tone.VIOLET),
]
RECEIPTS = [
    Series(
        name=f"receipt:{ReceiptState.DELIVERED}", label=gettext_lazy("delivered"), tone=Tone.GOOD
    ),
    Series(name="receipt:under_way", label=gettext_lazy("on its way"), tone=Tone.INFO),
    Series(
        name=f"receipt:{ReceiptState.FAILED_FOR_NOW}",
        label=gettext_lazy("not reached"),
        tone=Tone.WARN,
    ),
    Series(
        name=f"receipt:{ReceiptState.FAILED_FOR_GOOD}",
        label=gettext_lazy("failed for good"),
        tone=Tone.BAD,
    ),
    Series(
        name=f"receipt:{ReceiptState.COMPLAINED}",
        label=gettext_lazy("complained of"),
        tone=Tone.VIOLET,
    ),
]
UNDER_WAY = (f"receipt:{ReceiptState.SENT}", f"receipt:{ReceiptState.DELAYED}")


class WithHealth(DeskAdmin):
    """Mixed into the admin of deliveries: the addresses of the page and of its live part."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path(name, self.admin_site.admin_view(require_safe(view)), name=address)
            for name, view, address in (
                ("health/", self._health, "notices_delivery_health"),
                ("health/live", self._live, "notices_delivery_health_live"),
            )
        ] + super().get_urls()

    def _health(self, request: HttpRequest) -> HttpResponse:
        found = self._found(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("How sending is doing"),
            "opts": self.opts,
            **live_context(found),
            "plots": _plots(found),
            "dead": [(one, masked(one), delivery_pill(one)) for one in newest_dead()],
            "all_dead": _dead_url(),
        }
        return TemplateResponse(request, "admin/notices/delivery/health.html", context)

    def _live(self, request: HttpRequest) -> HttpResponse:
        context = live_context(self._found(request))
        return TemplateResponse(request, "notices/health_live.html", context)

    def _found(self, request: HttpRequest) -> Health:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return health(at=now())


def live_context(found: Health) -> dict[str, Any]:
    """What changes while one looks."""
    labels = [_time(tally) for tally in found.minutes]
    return {
        "figures": _figures(found),
        "counted_at": found.counted_at,
        "pace_plot": stacked_bars(
            title=_("Answers of providers, minute by minute"),
            series=OUTCOMES,
            bars=list(zip(labels, map(_by_what, found.minutes), strict=True)),
        ),
    }


def _time(tally: Tally) -> str:
    return date_format(template_localtime(tally.period), "TIME_FORMAT")


def _figures(found: Health) -> list[tuple[str, Figure]]:
    oldest = found.oldest
    dead = sum(found.dead.values())
    return [
        (
            _("Accepted a minute"),
            Figure(
                value=_number(found.last_minutes(PACE_MINUTES)),
                note=_("over the last %d minutes") % PACE_MINUTES,
            ),
        ),
        *(
            (
                _("Waiting, %s") % Channel(queue.channel).label,
                Figure(
                    value=_number(queue.waiting + queue.retrying + queue.sending),
                    note=_("%(retrying)s being retried, %(awaited)s without word")
                    % {"retrying": _number(queue.retrying), "awaited": _number(queue.awaited)},
                    url=f"{_list()}?channel__exact={queue.channel}",
                ),
            )
            for queue in found.queues
        ),
        (
            _("Longest due"),
            Figure(
                value=words(oldest.late) if oldest else "—",
                note=str(oldest.delivery.notice) if oldest else _("nothing is due"),
                url=_page(oldest.delivery) if oldest else "",
                hot=oldest is not None and oldest.late.total_seconds() > 600,
            ),
        ),
        (
            _("Did not arrive"),
            Figure(
                value=_number(dead),
                note=", ".join(
                    f"{Delivery.State(state).label} {_number(number)}"
                    for state, number in found.dead.items()
                    if number
                ),
                url=_dead_url(),
                hot=dead > 0,
            ),
        ),
    ]


def _plots(found: Health) -> list[tuple[str, Plot]]:
    """The last day: by channel and by provider what was answered, by provider what was said
    afterwards."""
    return [
        (
            _("Answers by channel"),
            stacked_bars(
                title=_("Answers by channel, last 24 hours"),
                series=OUTCOMES,
                bars=_grouped(found.hours, place=0),
            ),
        ),
        (
            _("Answers by provider"),
            stacked_bars(
                title=_("Answers by provider, last 24 hours"),
                series=OUTCOMES,
                bars=_grouped(found.hours, place=1),
            ),
        ),
        (
            _("Receipts by provider"),
            stacked_bars(
                title=_("Receipts by provider, last 24 hours"),
                series=RECEIPTS,
                bars=_grouped(found.hours, place=1),
            ),
        ),
        (
            _("Answers by hour"),
            stacked_bars(
                title=_("Answers by hour, last 24 hours"),
                series=OUTCOMES,
                bars=[(_time(tally), _by_what(tally)) for tally in found.hours],
            ),
        ),
    ]


def _grouped(found: Sequence[Tally], *, place: int) -> list[tuple[str, Mapping[str, int]]]:
    """Bars by channel (0) or provider (1) over all periods."""
    bars: dict[str, dict[str, int]] = {}
    for tally in found:
        for key, number in tally.numbers.items():
            label = str(Channel(key[0]).label) if place == 0 else key[1]
            _add(bars.setdefault(label, {}), key[2], number)
    return sorted(bars.items()) or [("—", {})]


def _by_what(tally: Tally) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for (_channel, _provider, what), number in tally.numbers.items():
        _add(numbers, what, number)
    return numbers


def _add(numbers: dict[str, int], what: str, number: int) -> None:
    name = "receipt:under_way" if what in UNDER_WAY else what
    numbers[name] = numbers.get(name, 0) + number


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)


def _list() -> str:
    return reverse("admin:notices_delivery_changelist")


def _dead_url() -> str:
    return f"{_list()}?state__in={','.join(Delivery.UNDELIVERED)}"


def _page(delivery: Delivery) -> str:
    return reverse("admin:notices_delivery_change", args=[delivery.pk])
