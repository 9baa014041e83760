"""Decisions as customers see them: the statement of reasons, and the way to appeal."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from accounts.roles import ROLES, May
from common import clock
from common.exceptions import BackOfficeError
from compliance import appeals, evidence
from compliance.models import Decision, Evidence
from compliance.pages.report_forms import ObjectionForm
from compliance.pages.uploads import takes_files
from compliance.statements import statement_in

MOST_SHOWN = 100


def decisions_of(request: SignedInRequest) -> QuerySet[Decision]:
    """Approved decisions about accounts that the person answers for: anybody else's look as
    if there were none."""
    own = Membership.objects.filter(user=request.user, role__in=ROLES[May.ANSWER])
    found: QuerySet[Decision] = (
        Decision.objects.filter(
            account__in=own.values("account"), approval__isnull=False, statements__isnull=False
        )
        .distinct()
        .select_related("account", "approval", "reversal", "appeal__answer")
    )
    return found


@require_safe
@login_required
def index(request: SignedInRequest) -> HttpResponse:
    """Every decision about the person's accounts, the newest first."""
    found = decisions_of(request).order_by("-pk")[:MOST_SHOWN]
    context = {"decisions": found, "section": "matters"}
    return render(request, "customer/decisions/index.html", context)


@takes_files
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One decision: what was decided and why, and the appeal or the form for it."""
    decision = get_object_or_404(decisions_of(request), public_id=public_id)
    form = ObjectionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and _appealed(request, decision, form):
        return redirect("decision", public_id)
    decision = get_object_or_404(decisions_of(request), public_id=public_id)
    made = getattr(decision, "appeal", None)
    way = appeals.opening(decision, at=clock.now())
    context = {
        "decision": decision,
        "account": decision.account,
        "statement": statement_in(decision, get_language() or ""),
        "successor": decisions_of(request).filter(supersedes=decision).first(),
        "opening": way,
        "appeal": made,
        "appeal_text": appeals.text_of(made) if made else "",
        "appeal_files": made.files.order_by("pk") if made else (),
        "answer": getattr(made, "answer", None) if made else None,
        "form": form if way.is_open else None,
        "section": "matters",
    }
    return render(request, "customer/decisions/decision.html", context)


def _appealed(request: SignedInRequest, decision: Decision, form: ObjectionForm) -> bool:
    at = clock.now()
    try:
        with transaction.atomic():
            files = [
                evidence.add(
                    case=decision.case,
                    content=one.content,
                    name=one.name,
                    source=Evidence.Source.CUSTOMER,
                    added_by=request.user,
                    at=at,
                )
                for one in form.cleaned_data["attachments"]
            ]
            appeals.appeal(
                decision=decision,
                by=request.user,
                text=form.cleaned_data["text"],
                files=files,
                at=at,
            )
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("We have your appeal. Somebody else looks at it."))
    return True


@require_safe
@login_required
def pdf(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The statement as it was given, byte for byte, in the reader's language."""
    decision = get_object_or_404(decisions_of(request), public_id=public_id)
    statement = statement_in(decision, get_language() or "")
    assert statement is not None  # `decisions_of` asks for one
    response = HttpResponse(bytes(statement.pdf), content_type="application/pdf")
    name = f"{decision.public_id}-{statement.language}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
