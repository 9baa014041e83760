"""The working-day calendar: a list of years, each with its days; entered by supervisors."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import calendar_days
from common.admin.base import Headline
from common.admin.columns import number, pill
from common.admin.editing import EditableAdmin, plain, words
from common.admin.evidence import EvidenceInline
from common.admin.severe_acts import Detail, Outcome, ReasonForm, SevereAct
from common.clock import Now
from common.models import CalendarDay, CalendarYear
from common.moments import validate_moment

Kind = CalendarDay.Kind
TONES = {Kind.HOLIDAY: "good", Kind.WORKING_DAY: "warn"}


def kind_pill(day: CalendarDay) -> str:
    return pill(day.get_kind_display(), TONES[Kind(day.kind)])


def weekday(day: CalendarDay) -> str:
    return date_format(day.date, "l")


def settled_pill(year: CalendarYear) -> tuple[str, str]:
    return (_("settled"), "good") if year.settled else (_("provisional"), "warn")


class ValuesInLog(EditableAdmin):
    """The log says what each value was and became, since deadlines hang on it."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        def value(name: str, of: Any) -> str:
            return words(form.fields[name], plain(of)) or "–"

        return "; ".join(
            f"{form.fields[name].label}: "
            + ("" if add else f"{value(name, form.initial.get(name))} → ")
            + value(name, form.cleaned_data[name])
            for name in form.changed_data
        )


class DaysForm(ReasonForm):
    """A holiday, or the days worked for it."""

    first = forms.DateField(label=gettext_lazy("first day"), validators=[validate_moment])
    last = forms.DateField(
        label=gettext_lazy("last day"),
        required=False,
        validators=[validate_moment],
        help_text=gettext_lazy("Empty: one day only."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=Kind.choices)
    name_zh_hans = forms.CharField(label=gettext_lazy("name in Chinese"), max_length=40)
    name_en = forms.CharField(label=gettext_lazy("name in English"), max_length=60)
    field_order = ["first", "last", "kind", "name_zh_hans", "name_en", "reason"]


class EnterDays(SevereAct):
    name = "enter_days"
    label = gettext_lazy("Enter days…")
    heading = gettext_lazy("Enter days of the calendar")
    explanation = gettext_lazy(
        "Days off, or weekend days worked in their place. Deadlines of open cases are worked "
        "out anew within minutes."
    )
    confirm = gettext_lazy("Enter them")
    permission = "common.change_calendarday"
    form_class = DaysForm
    dangerous = False
    needs_fresh_proof = False
    previews_answers = True

    def detail(self, year: Any, *, actor: Any, form: forms.Form) -> Detail | None:
        if not form.is_bound or not form.is_valid():
            return None
        first, last = form.cleaned_data["first"], self._last(form.cleaned_data)
        calendar_days.refuse_days(year=year, first=first, last=last)
        known = {day.date: day for day in year.days.all()}
        rows = [
            (date_format(day, "l · Y-m-d"), known[day] if day in known else _("not entered yet"))
            for day in calendar_days.days_of(first, last)
        ]
        shown = format_html_join("\n", "<li>{}: {}</li>", rows)
        return Detail(html=shown, pinned=shown)

    def preview(self, year: Any) -> str:
        return _("What the calendar says of these days is replaced.")

    def perform(self, year: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        entered = calendar_days.enter_days(
            year=year,
            first=answers["first"],
            last=self._last(answers),
            kind=answers["kind"],
            name_zh_hans=answers["name_zh_hans"],
            name_en=answers["name_en"],
        )
        count = len(entered)
        return Outcome(ngettext("%d day is entered.", "%d days are entered.", count) % count)

    @staticmethod
    def _last(answers: dict[str, Any]) -> Any:
        return answers["last"] or answers["first"]


class DaysInline(EvidenceInline):
    model = CalendarDay
    fields = ["date", "weekday_shown", "kind_shown", "name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("date")

    @admin.display(description=gettext_lazy("weekday"))
    def weekday_shown(self, day: CalendarDay) -> str:
        return weekday(day)

    @admin.display(description=gettext_lazy("kind"))
    def kind_shown(self, day: CalendarDay) -> str:
        return kind_pill(day)

    @admin.display(description=gettext_lazy("name"))
    def name(self, day: CalendarDay) -> str:
        return day.name_in(None)


@admin.register(CalendarYear)
class CalendarYearAdmin(ValuesInLog):
    change_list_template = "admin/common/calendaryear/change_list.html"
    list_display = ["year", "state", "off", "worked", "source"]
    fields = ["year", "settled", "source"]
    inlines = [DaysInline]
    severe_acts = [EnterDays()]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["year"] if obj else []

    def get_queryset(self, request: HttpRequest) -> Any:
        by_kind = {kind.value: Count("days", filter=Q(days__kind=kind)) for kind in Kind}
        return super().get_queryset(request).annotate(**by_kind)

    def headline(self, year: CalendarYear) -> Headline:
        return Headline(pills=[settled_pill(year)], facts=[year.source] if year.source else [])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        urgent = CalendarYear.objects.to_look_after(Now()).order_by("year")
        warnings = [self._warning(year) for year in urgent]
        page: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "warnings": warnings}
        )
        return page

    @staticmethod
    def _warning(year: CalendarYear) -> str:
        if not year.settled:
            return _(
                "%(year)d is not settled: deadlines in it are provisional. Enter the days that "
                "were announced, then mark it settled."
            ) % {"year": year.year}
        return _(
            "The calendar ends with %(year)d: in the year after, only weekdays count. Add it."
        ) % {"year": year.year}

    @admin.display(description=gettext_lazy("state"), ordering="settled")
    def state(self, year: CalendarYear) -> str:
        return pill(*settled_pill(year))

    @admin.display(description=gettext_lazy("days off"))
    def off(self, year: Any) -> str:
        return number(year.holiday)

    @admin.display(description=gettext_lazy("weekend days worked"))
    def worked(self, year: Any) -> str:
        return number(year.working_day)


@admin.register(CalendarDay)
class CalendarDayAdmin(ValuesInLog):
    list_display = ["date", "weekday_shown", "kind_shown", "name", "state"]
    list_filter = ["year", "kind"]
    list_select_related = ["year"]
    search_fields = ["name_zh_hans", "name_en"]
    ordering = ["-date"]
    fields = ["date", "kind", "name_zh_hans", "name_en"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["date"] if obj else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.file_under_its_year()
        super().save_model(request, obj, form, change)

    def headline(self, day: CalendarDay) -> Headline:
        return Headline(pills=[settled_pill(day.year)], facts=[weekday(day)])

    @admin.display(description=gettext_lazy("weekday"))
    def weekday_shown(self, day: CalendarDay) -> str:
        return weekday(day)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_shown(self, day: CalendarDay) -> str:
        return kind_pill(day)

    @admin.display(description=gettext_lazy("name"))
    def name(self, day: CalendarDay) -> str:
        return day.name_in(None)

    @admin.display(description=gettext_lazy("state"))
    def state(self, day: CalendarDay) -> str:
        return pill(*settled_pill(day.year))
