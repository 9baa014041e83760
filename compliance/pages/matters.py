"""The customer's matters: what was asked, answering it, and their part of disputes."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from accounts.roles import ROLES, May
from common import clock
from common.exceptions import BackOfficeError
from compliance import inquiries, matters
from compliance.inquiries import Attached
from compliance.letter_texts import clause_of
from compliance.models import Inquiry
from compliance.pages.forms import AnswerForm
from compliance.pages.members import for_those_who_answer, frame
from compliance.pages.uploads import takes_files

PER_PAGE = 20
MOST_OPEN = 100


@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """Every account the person answers for; with a single one, that one."""
    own = list(
        Membership.objects.filter(user=request.user, role__in=ROLES[May.ANSWER])
        .select_related("account")
        .order_by("account__name", "pk")
    )
    if len(own) == 1:
        return redirect("matters", own[0].account.public_id)
    at = clock.now()
    rows = [(one.account, matters.counts(one.account, at=at)) for one in own]
    context = {"rows": rows, "section": "matters"}
    return render(request, "customer/matters/accounts.html", context)


@for_those_who_answer
def overview(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """What waits for an answer, disputes, and what is past."""
    account = membership.account
    past = Paginator(matters.past_inquiries(account), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **frame(membership),
        "at": clock.now(),
        "waiting": matters.open_inquiries(account)[:MOST_OPEN],
        "disputes": matters.disputes_of(account)[:MOST_OPEN],
        "page": past,
    }
    return render(request, "customer/matters/overview.html", context)


@takes_files
@for_those_who_answer
def inquiry(request: SignedInRequest, membership: Membership, inquiry: str) -> HttpResponse:
    """One question, and the answer: as it was given, or the form to give it."""
    found = get_object_or_404(
        matters.inquiries_of(membership.account).select_related("account"), public_id=inquiry
    )
    answerable = matters.can_be_answered(found)
    form = AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        if _answered(request, found, form):
            return redirect("matter_inquiry", membership.account.public_id, inquiry)
        found.refresh_from_db()
        answerable = matters.can_be_answered(found)
    given = getattr(found, "answer", None)
    context = {
        **frame(membership),
        "inquiry": found,
        "clause": clause_of(found.case),
        "late": found.answer_by <= clock.now(),
        "answer": given,
        "files": given.files.order_by("pk") if given else (),
        "form": form if answerable else None,
    }
    return render(request, "customer/matters/inquiry.html", context)


def _answered(request: SignedInRequest, inquiry: Inquiry, form: AnswerForm) -> bool:
    identity = form.cleaned_data["identity"]
    try:
        inquiries.answer(
            inquiry=inquiry,
            by=request.user,
            text=form.cleaned_data["text"],
            at=clock.now(),
            files=[
                Attached(name=one.name, content=one.read(), identity=identity)
                for one in form.cleaned_data["attached"]
            ],
        )
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Thank you: we have your answer."))
    return True


@for_those_who_answer
def dispute(request: SignedInRequest, membership: Membership, case: str) -> HttpResponse:
    """The account's own part of a dispute with another user."""
    account = membership.account
    found = get_object_or_404(matters.disputes_of(account), public_id=case)
    context = {**frame(membership), "part": matters.own_part(found, account)}
    return render(request, "customer/matters/dispute.html", context)
