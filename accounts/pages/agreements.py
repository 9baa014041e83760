"""Reading agreements, clause by clause, and agreeing to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import amendments, comparing, consent, leaving
from accounts.models import (
    Acceptance,
    Account,
    AgreementDocument,
    AgreementText,
    AgreementVersion,
    ContinuedUse,
    Membership,
    Objection,
    Offering,
)
from accounts.pages.forms import AgreeForm, ObjectForm
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
    """One version, published or announced; earlier ones stay readable."""
    found = get_object_or_404(
        AgreementVersion.objects.readable(), document__slug=slug, number=number
    )
    return _read(request, found)


def changes(request: HttpRequest, slug: str, number: int, since: int) -> HttpResponse:
    """What is different in a version from an earlier one, side by side."""
    readable = AgreementVersion.objects.readable().select_related("document")
    after = get_object_or_404(readable, document__slug=slug, number=number)
    before = get_object_or_404(readable, document__slug=slug, number=since)
    if since >= number:
        raise Http404(_("No such agreement."))
    context = {"comparison": comparing.compare(before, after, language=get_language() or "")}
    return render(request, "customer/agreement_changes.html", context)


def _read(request: HttpRequest, found: AgreementVersion) -> HttpResponse:
    text = found.text_in(None)
    earlier = AgreementVersion.objects.readable().filter(
        document=found.document, number__lt=found.number
    )
    context = {
        "version": found,
        "text": text,
        "clauses": clauses_of(text),
        "newest": AgreementVersion.objects.current(found.document.slug),
        "announced": found.offerings.standing().order_by("recorded_at").first(),
        "translated": text.language == get_language(),
        "earlier": earlier.order_by("-number").first(),
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


@dataclass(frozen=True)
class Ahead:
    """A version announced that does not bind an account yet, and what was answered."""

    version: AgreementVersion
    objection: Objection | None
    acceptance: Acceptance | None


@dataclass(frozen=True)
class Binding:
    """A version that binds an account, since when, and what made it: somebody accepted it,
    or it came by notice, and then perhaps a service went on being used under it."""

    version: AgreementVersion
    since: datetime
    accepted: bool
    continued: ContinuedUse | None


@dataclass(frozen=True)
class Agreements:
    """What binds an account, and what is going to."""

    in_force: list[Binding]
    ahead: list[Ahead]
    withheld: bool


def of_account(account: Account, at: datetime) -> Agreements:
    """The versions in force for an account and those ahead of it, with its answers."""
    slugs = AgreementDocument.objects.order_by("slug").values_list("slug", flat=True)
    binding = [amendments.in_force(account=account, slug=slug, at=at) for slug in slugs]
    return Agreements(
        in_force=[_binding(account, one) for one in binding if one],
        ahead=[
            Ahead(
                version=version,
                objection=amendments.objection_of(account=account, version=version),
                acceptance=Acceptance.objects.filter(account=account, text__version=version)
                .order_by("-pk")
                .first(),
            )
            for version in amendments.ahead_of(account=account, at=at)
        ],
        withheld=amendments.is_withheld(account),
    )


def _binding(account: Account, found: amendments.InForce) -> Binding:
    continued = ContinuedUse.objects.filter(account=account, version=found.version)
    return Binding(
        version=found.version,
        since=found.since,
        accepted=Acceptance.objects.filter(account=account, text__version=found.version).exists(),
        continued=continued.select_related("service").first(),
    )


@login_required
def answer(request: SignedInRequest, public_id: str, slug: str, number: int) -> HttpResponse:
    """An announced version in full; whoever may bind the account accepts it here."""
    membership, found = _announced_or_404(request, public_id, slug, number)
    account, text = membership.account, found.text_in(None)
    form = AgreeForm(request.POST or None, account=account, text=text)
    if form.is_valid():
        return _answered(
            request,
            public_id,
            lambda: amendments.accept(
                user=request.user,
                account=account,
                text=form.cleaned_data["text"],
                ip_address=get_adapter(request).get_client_ip(request),
                user_agent=request.headers.get("User-Agent", ""),
                at=clock.now(),
            ),
            _("Thank you. Version %(number)s is accepted.") % {"number": found.number},
        )
    context = {
        "account": account,
        "may_accept": consent.may_accept(user=request.user, account=account),
        "version": found,
        "text": text,
        "clauses": clauses_of(text),
        "form": form,
        "objection": amendments.objection_of(account=account, version=found),
        "comparison": _against_what_binds(account, found),
    }
    return render(request, "customer/answer.html", context)


def _against_what_binds(account: Account, found: AgreementVersion) -> comparing.Comparison | None:
    """What is different from the version that binds the account now; None for a first one."""
    binding = amendments.in_force(account=account, slug=found.document.slug, at=clock.now())
    if binding is None or binding.version.number >= found.number:
        return None
    return comparing.compare(binding.version, found, language=get_language() or "")


@login_required
def object_to(request: SignedInRequest, public_id: str, slug: str, number: int) -> HttpResponse:
    """Says what follows from an objection, and records it."""
    membership, found = _announced_or_404(request, public_id, slug, number)
    form = ObjectForm(request.POST or None)
    if form.is_valid():
        return _answered(
            request,
            public_id,
            lambda: amendments.object_to(
                user=request.user,
                account=membership.account,
                version=found,
                reason=form.cleaned_data["reason"],
                ip_address=get_adapter(request).get_client_ip(request),
            ),
            _("Your objection is recorded. You can take it back by accepting the version."),
        )
    context = {
        "account": membership.account,
        "may_accept": consent.may_accept(user=request.user, account=membership.account),
        "version": found,
        "form": form,
        "would_end_at": leaving.ends_at(asked_at=clock.now(), zone=membership.account.time_zone),
    }
    return render(request, "customer/object.html", context)


def _announced_or_404(
    request: SignedInRequest, public_id: str, slug: str, number: int
) -> tuple[Membership, AgreementVersion]:
    """The person's place in the account, and a version that is announced."""
    membership = membership_or_404(request.user, public_id)
    announced = AgreementVersion.objects.filter(offerings__in=Offering.objects.standing())
    return membership, get_object_or_404(announced.distinct(), document__slug=slug, number=number)


def _answered(
    request: SignedInRequest, public_id: str, act: Callable[[], object], thanks: str
) -> HttpResponse:
    try:
        act()
    except BackOfficeError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, thanks)
    return redirect("account", public_id)
