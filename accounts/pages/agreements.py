"""Reading agreements, clause by clause, and agreeing to them."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import consent
from accounts.models import Acceptance, AgreementDocument, AgreementText, AgreementVersion
from accounts.pages.forms import AgreeForm
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from common import clock
from common.exceptions import BackOfficeError


def index(request: HttpRequest) -> HttpResponse:
    """Every document with a published version."""
    documents = AgreementDocument.objects.filter(versions__publication__isnull=False).distinct()
    return render(request, "customer/agreements.html", {"documents": documents})


def current(request: HttpRequest, slug: str) -> HttpResponse:
    """The version of a document published last."""
    found = AgreementVersion.objects.current(slug)
    if found is None:
        raise Http404(_("No such agreement."))
    return _read(request, found)


def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One published version; earlier ones stay readable."""
    found = get_object_or_404(
        AgreementVersion.objects.published(), document__slug=slug, number=number
    )
    return _read(request, found)


def _read(request: HttpRequest, found: AgreementVersion) -> HttpResponse:
    text = found.text_in(None)
    context = {
        "version": found,
        "text": text,
        "clauses": clauses_of(text),
        "newest": AgreementVersion.objects.current(found.document.slug),
        "translated": text.language == get_language(),
    }
    return render(request, "customer/agreement.html", context)


def clauses_of(text: AgreementText) -> list[Any]:
    """The clauses of a text in their order, each with its words and its severance."""
    return list(
        text.clause_texts.select_related("clause", "clause__severance").order_by("clause__position")
    )


@login_required
def agree(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Shows the terms published now to whoever may bind the account, and records consent."""
    membership = membership_or_404(request.user, public_id)
    account = membership.account
    terms = consent.current_terms()
    if terms is None or not consent.is_due(account):
        return redirect("account", public_id)
    text = terms.text_in(None)
    form = AgreeForm(request.POST or None, account=account, text=text)
    if form.is_valid():
        try:
            consent.accept(
                user=request.user,
                account=account,
                text=form.cleaned_data["text"],
                method=Acceptance.Method.PAGE,
                ip_address=get_adapter(request).get_client_ip(request),
                user_agent=request.headers.get("User-Agent", ""),
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            messages.error(request, str(refusal))
            return redirect("agree", public_id)
        messages.success(request, _("Thank you. The account is open."))
        return redirect("account", public_id)
    context = {
        "account": account,
        "membership": membership,
        "may_accept": consent.may_accept(user=request.user, account=account),
        "version": terms,
        "text": text,
        "clauses": clauses_of(text),
        "form": form,
    }
    return render(request, "customer/agree.html", context)
