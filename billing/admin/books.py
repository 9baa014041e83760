"""The books: the trial balance, closing a month, and an account's statement.

The trial balance stands where the list of its totals would be; what is closed is done over
it. Statements hang on accounts by a link (`billing/record_links.py`).
"""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.models import Account
from billing import closing
from billing.admin.close_acts import Close, Propose
from billing.exceptions import TooManyLines
from billing.liability import Cap, cap
from billing.models import AccountTotal, PeriodClose
from billing.money import shown
from billing.pages.statement_answers import file_of, page_of
from billing.pages.statement_forms import DayInput, FileForm
from billing.statement_files import headings
from billing.trial_balance import BOOKS, trial_balance
from common.admin import EvidenceAdmin
from common.clock import local_day, now
from common.moments import validate_moment

SEES_STATEMENTS = "billing.view_entry"


class BalanceForm(forms.Form):
    """Both clocks, by the day; each day included."""

    effective = forms.DateField(
        label=gettext_lazy("Effective until the end of"),
        widget=DayInput,
        validators=[validate_moment],
    )
    known = forms.DateField(
        label=gettext_lazy("As known at the end of"),
        widget=DayInput,
        validators=[validate_moment],
        required=False,
        help_text=gettext_lazy("Empty: by now."),
    )


@admin.register(AccountTotal)
class BooksAdmin(EvidenceAdmin):
    severe_acts = (Propose(), Close())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path(
                "statement/<str:public_id>/",
                view(require_safe(self._statement)),
                name="billing_statement",
            ),
            path(
                "statement/<str:public_id>/file/",
                view(require_safe(self._statement_file)),
                name="billing_statement_file",
            ),
            *super().get_urls(),
        ]

    # -- the trial balance -------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = local_day(now(), BOOKS.key)
        form = BalanceForm(request.GET if "effective" in request.GET else {"effective": today})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Trial balance"),
            "opts": self.opts,
            "form": form,
            "acts": self.acts_on(request, None),
            "latest": PeriodClose.objects.order_by("-through").first(),
            "through": [moment.date() for moment in closing.to_be_closed(at=now(), most=3)],
        }
        if form.is_valid():
            drawn = trial_balance(
                effective=_end_of(form.cleaned_data["effective"]),
                known=form.cleaned_data["known"] and _end_of(form.cleaned_data["known"]),
            )
            context |= {
                "drawn": drawn,
                "rows": [
                    (row.account, _either(row.debit), _either(row.credit)) for row in drawn.rows
                ],
                "sums": (shown(drawn.debit), shown(drawn.credit)),
            }
        template = "admin/billing/accounttotal/trial_balance.html"
        return TemplateResponse(request, template, context)

    # -- statements --------------------------------------------------------------

    def _account(self, request: HttpRequest, public_id: str) -> Account:
        if not request.user.has_perm(SEES_STATEMENTS):
            raise PermissionDenied
        account = Account.objects.filter(public_id=public_id.replace("\x00", "")).first()
        if account is None:
            raise Http404
        return account

    def _statement(self, request: HttpRequest, public_id: str) -> HttpResponse:
        account = self._account(request, public_id)
        page = page_of(account, request.GET.dict())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Statement of account"),
            "opts": self.opts,
            "account": account,
            **page,
        }
        if "statement" in page:
            statement = page["statement"]
            found = cap(account=account, as_of=statement.until, known=statement.known)
            context |= {"cap": found, "cap_rows": _in_words(found), "headings": headings()}
        template = "admin/billing/accounttotal/statement.html"
        return TemplateResponse(request, template, context)

    def _statement_file(self, request: HttpRequest, public_id: str) -> HttpResponseBase:
        account = self._account(request, public_id)
        form = FileForm(request.GET)
        if form.is_valid():
            try:
                user: Any = request.user
                return file_of(account, form, user)
            except TooManyLines as error:
                messages.error(request, str(error))
        page = reverse("admin:billing_statement", args=[account.public_id])
        return redirect(f"{page}?{request.GET.urlencode()}")


def _in_words(found: Cap) -> list[tuple[str, str]]:
    amounts = [
        (_("Recharged"), found.recharged),
        (_("Consumed, of paid money"), found.consumed),
        (_("Refunded"), found.refunded),
        (_("Net fees paid: recharged less refunded"), found.net_fees_paid),
        (_("Owed"), found.owed),
        (_("Debts written off"), found.written_off),
        (_("Granted"), found.granted),
        (_("Granted and consumed"), found.granted_consumed),
    ]
    return [(label, f"¥{shown(amount)}") for label, amount in amounts]


def _end_of(day: Any) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), BOOKS)


def _either(amount: int) -> str:
    return shown(amount) if amount else ""
