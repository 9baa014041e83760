"""The customer certifies that output was deleted, with the signed paper (4.3(b))."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.pages.requests import SignedInRequest
from common import clock
from common.exceptions import BackOfficeError
from compliance import certificates
from compliance.agreed_clauses import words_agreed
from compliance.models import DeletionCertificate
from compliance.pages.evidence_forms import CertificateForm
from compliance.pages.members import for_those_who_answer, frame
from compliance.pages.uploads import takes_files

MOST_SHOWN = 50


@takes_files
@for_those_who_answer
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The form, and the certificates handed in so far with the hash of each paper."""
    account, at = membership.account, clock.now()
    matters = certificates.cases_to_choose_from(account)
    form = CertificateForm(request.POST or None, request.FILES or None, matters=matters)
    if form.is_valid():
        paper = form.cleaned_data.pop("paper")
        try:
            certificates.submit(
                account=account,
                by=request.user,
                content=paper.read(),
                name=paper.name,
                at=at,
                **form.cleaned_data,
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Thank you: we have your certificate."))
            return redirect("deletion-certificates", account.public_id)
    context = {
        **frame(membership),
        "form": form,
        "has_matters": matters.exists(),
        "given": DeletionCertificate.objects.filter(account=account)
        .select_related("case", "document", "submitted_by")
        .order_by("-pk")[:MOST_SHOWN],
        "clause": words_agreed(account, certificates.CLAUSE, at=at),
    }
    return render(request, "customer/matters/certificates.html", context)
