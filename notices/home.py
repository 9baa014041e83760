"""What notices show on the home page of the staff."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.admin.paginators import counted
from common.figures import Figure, HomeFigure, HomePanel, Width, home_figures, home_panels
from common.messaging import Verdict
from common.plots import Series, Tone, stacked_bars
from notices.models import Channel, Delivery, ServiceChange
from notices.reports import deliveries_by_day
from notices.standings import at_risk

if TYPE_CHECKING:
    from common.work_queues import StaffUser

PLOTTED_DAYS = 14
# Beyond this many a figure says nothing more, and costs more than it says.
COUNTED_TO = 10_000
SERIES = (
    Series(name="email:accepted", label=gettext_lazy("e-mail, accepted"), tone=Tone.INFO),
    Series(name="sms:accepted", label=gettext_lazy("SMS, accepted"), tone=Tone.TEAL),
    Series(name="refused_for_now", label=gettext_lazy("refused for now"), tone=Tone.WARN),
    Series(name="failed", label=gettext_lazy("failed or unknown"), tone=Tone.BAD),
)


def _changes(query: str = "") -> str:
    return reverse("admin:notices_servicechange_changelist") + query


def to_approve(user: "StaffUser", at: datetime) -> Figure:
    waiting = ServiceChange.objects.to_approve_by(user)
    count = waiting.count()
    oldest = waiting.oldest_wait(at)
    note = _("oldest waits %s") % words(oldest) if oldest is not None else _("all done")
    url = _changes("?state__exact=proposed")
    return Figure(value=number_format(count), note=note, url=url, hot=count > 0)


def words(wait: timedelta) -> str:
    """`2 h 10 min`: a wait as people say it."""
    minutes = int(wait.total_seconds() // 60)
    if minutes < 60:
        return _("%d min") % minutes
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}
    return _("%d days") % (hours // 24)


def taking_effect_today(user: "StaffUser", at: datetime) -> Figure:
    local = at.astimezone(ZoneInfo(user.time_zone))  # type: ignore[attr-defined]
    ends = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    today = ServiceChange.objects.under_way().filter(effective_at__lt=ends)
    changes = today.count()
    accounts = today.aggregate(number=Sum("concerned_count"))["number"] or 0
    note = ngettext("accounts, %d change", "accounts, %d changes", changes) % (changes,)
    return Figure(value=number_format(accounts, force_grouping=True), note=note, url=_changes())


def _written(count: int) -> str:
    """A number that was counted up to `COUNTED_TO`, with a plus when there are more."""
    more = "+" if count > COUNTED_TO else ""
    return number_format(min(count, COUNTED_TO), force_grouping=True) + more


def on_their_way(user: "StaffUser", at: datetime) -> Figure:
    waiting = counted(Delivery.objects.open(), COUNTED_TO)
    retrying = counted(Delivery.objects.filter(state=Delivery.State.RETRYING), COUNTED_TO)
    return Figure(
        value=_written(waiting),
        note=_("%d being retried") % min(retrying, COUNTED_TO),
        url=reverse("admin:notices_delivery_changelist"),
    )


def undelivered(user: "StaffUser", at: datetime) -> Figure:
    count = counted(Delivery.objects.undelivered(), COUNTED_TO)
    states = ",".join(Delivery.UNDELIVERED)
    return Figure(
        value=_written(count),
        note=_("failed for good or unknown"),
        url=f"{reverse('admin:notices_delivery_changelist')}?state__in={states}",
        hot=count > 0,
    )


def gates_at_risk(user: "StaffUser", at: datetime) -> Figure:
    count = counted(at_risk(), COUNTED_TO)
    return Figure(
        value=_written(count),
        note=_("not told in time, as things stand") if count else _("everybody is told in time"),
        url=reverse("admin:notices_gateatrisk_changelist"),
        hot=count > 0,
    )


def plot_context(user: "StaffUser", at: datetime) -> dict[str, Any]:
    zone = user.time_zone  # type: ignore[attr-defined]
    bars = [
        (date_format(day, "MONTH_DAY_FORMAT"), _columns(number))
        for day, number in deliveries_by_day(days=PLOTTED_DAYS, at=at, zone=zone).items()
    ]
    plot = stacked_bars(title=_("Deliveries a day, last 14 days"), series=SERIES, bars=bars)
    return {"plot": plot}


def _columns(counted: dict[str, int]) -> dict[str, int]:
    """The plot's series from counts by channel and verdict."""
    channels = [channel.value for channel in (Channel.EMAIL, Channel.SMS)]
    accepted = {f"{name}:accepted": counted.get(f"{name}:accepted", 0) for name in channels}
    return {
        **accepted,
        "refused_for_now": sum(
            counted.get(f"{name}:{Verdict.REJECTED_FOR_NOW}", 0) for name in channels
        ),
        "failed": sum(
            counted.get(f"{name}:{verdict}", 0)
            for name in channels
            for verdict in (Verdict.REJECTED_FOR_GOOD, Verdict.AMBIGUOUS)
        ),
    }


def approvals_context(user: "StaffUser", at: datetime) -> dict[str, Any]:
    waiting = ServiceChange.objects.to_approve_by(user)
    return {"waiting": waiting.for_the_desk().select_related("clause").order_by("pk")[:5]}


def under_way_context(user: "StaffUser", at: datetime) -> dict[str, Any]:
    from notices.admin.change_page import STATE_TONES

    # As last reckoned by a job: this page reckons nothing.
    under_way = ServiceChange.objects.under_way().select_related("clause", "tally")
    return {
        "rows": [
            (
                change,
                STATE_TONES[ServiceChange.State(change.state)],
                getattr(change, "tally", None),
            )
            for change in under_way.order_by("effective_at")[:6]
        ]
    }


SEE = "notices.view_servicechange"
FIGURES = (
    HomeFigure(
        name="to_approve",
        label=gettext_lazy("Changes to approve"),
        value=to_approve,
        permission="notices.approve_servicechange",
    ),
    HomeFigure(
        name="today",
        label=gettext_lazy("Taking effect today"),
        value=taking_effect_today,
        permission=SEE,
    ),
    HomeFigure(
        name="gates_at_risk",
        label=gettext_lazy("Gates at risk"),
        value=gates_at_risk,
        permission="notices.view_gateatrisk",
    ),
    HomeFigure(
        name="on_their_way",
        label=gettext_lazy("On their way"),
        value=on_their_way,
        permission="notices.view_delivery",
    ),
    HomeFigure(
        name="undelivered",
        label=gettext_lazy("Undelivered"),
        value=undelivered,
        permission="notices.view_delivery",
    ),
)
PANELS = (
    HomePanel(
        name="deliveries",
        label=gettext_lazy("Deliveries a day"),
        template="notices/deliveries_panel.html",
        context=plot_context,
        permission="notices.view_delivery",
        width=Width.WIDE,
        position=10,
    ),
    HomePanel(
        name="approvals",
        label=gettext_lazy("Waiting for your approval"),
        template="notices/approvals_panel.html",
        context=approvals_context,
        permission="notices.approve_servicechange",
        width=Width.NARROW,
        position=20,
    ),
    HomePanel(
        name="under_way",
        label=gettext_lazy("Service changes under way"),
        template="notices/under_way_panel.html",
        context=under_way_context,
        permission=SEE,
        position=30,
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for figure in FIGURES:
        home_figures.register(figure)
    for panel in PANELS:
        home_panels.register(panel)
