"""The activity log of an account, and its file."""

import csv
from collections.abc import Iterator
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import activity
from accounts.models import Activity, Membership
from accounts.pages.members import frame
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import for_those_who
from accounts.roles import May


class LogForm(forms.Form):
    """Which lines of the log."""

    area = forms.ChoiceField(label=pgettext_lazy("activity log", "About"), required=False)
    by = forms.ChoiceField(label=_("Who"), required=False)
    since = forms.DateField(
        label=pgettext_lazy("activity log", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=pgettext_lazy("activity log", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, data: object, *, membership: Membership) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict
        self.people = {one.public_id: one for one in activity.people_of(membership.account)}
        self.fields["area"].choices = [("", _("everything")), *Activity.Area.choices]  # type: ignore[attr-defined]
        self.fields["by"].choices = [  # type: ignore[attr-defined]
            ("", _("everybody")),
            *((key, str(one)) for key, one in self.people.items()),
        ]

    def wanted(self) -> activity.Wanted:
        """What was asked for; all of it while the form has a mistake."""
        if not self.is_valid():
            return activity.Wanted()
        asked = self.cleaned_data
        return activity.Wanted(
            area=asked["area"],
            by=self.people.get(asked["by"]),
            since=asked["since"],
            until=asked["until"],
        )

    def query(self) -> str:
        """The same question, for the address of another page or of the file."""
        asked = self.cleaned_data if self.is_valid() else {}
        return urlencode({name: value for name, value in asked.items() if value})


@for_those_who(May.READ_ACTIVITY)
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The newest lines, or those below a number."""
    form = LogForm(request.GET, membership=membership)
    below = request.GET.get("below", "")
    number = int(below) if below.isdecimal() and below.isascii() and len(below) < 19 else None
    page = activity.page_of(membership.account, form.wanted(), below=number)
    context = {
        **frame(membership),
        "section": "activity",
        "form": form,
        "query": form.query(),
        "lines": [(line, activity.in_words(line)) for line in page.lines],
        "below": page.below,
        "is_first": number is None,
    }
    return render(request, "customer/organizations/activity.html", context)


class _Echo:
    """What a writer of CSV writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


@for_those_who(May.READ_ACTIVITY)
def download(request: SignedInRequest, membership: Membership) -> HttpResponseBase:
    """The lines that are wanted as CSV, written while they are read."""
    form = LogForm(request.GET, membership=membership)
    if not form.is_valid():
        return HttpResponse(status=400)
    return StreamingHttpResponse(
        _written(membership, form.wanted()),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": (
                f'attachment; filename="activity-{membership.account.public_id}.csv"'
            ),
            "Cache-Control": "no-store",
        },
    )


def _written(membership: Membership, wanted: activity.Wanted) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheets read UTF-8 by it
    for row in activity.exported(membership.account, wanted):
        yield writer.writerow(row)
