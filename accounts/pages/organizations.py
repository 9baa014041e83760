"""Opening an organization, and what each role may do there (clauses 1.2.2 and 1.2.7)."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import organizations, sign_up
from accounts.exceptions import NameRefused, SignUpIsClosed
from accounts.models import AuthorityDeclaration, Membership
from accounts.name_screening import Outcome
from accounts.pages.agreements import clauses_of
from accounts.pages.members import frame
from accounts.pages.organization_forms import OrganizationForm
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import for_those_who
from accounts.roles import ROLES, May
from common import clock
from common.exceptions import BackOfficeError


@login_required
def new(request: SignedInRequest) -> HttpResponse:
    """The name, the code, the authority, the documents; then it is there and theirs."""
    try:
        documents = sign_up.documents(at=clock.now())
    except SignUpIsClosed as refusal:
        messages.error(request, str(refusal))
        return redirect("settings")
    texts = [version.text_in(None) for version in documents]
    form = OrganizationForm(request.POST if request.method == "POST" else None, texts=texts)
    if form.is_valid() and (answer := _opened(request, form)):
        return answer
    context = {
        "form": form,
        "documents": [(text, clauses_of(text)) for text in texts],
        "statements": [
            organizations.statement_of(name=_("the organization"), capacity=one)
            for one in AuthorityDeclaration.Capacity
        ],
    }
    return render(request, "customer/organizations/new.html", context)


def _opened(request: SignedInRequest, form: OrganizationForm) -> HttpResponse | None:
    asked = form.cleaned_data
    try:
        opened = organizations.open_organization(
            by=request.user,
            name=asked["name"],
            code=asked["code"],
            capacity=asked["capacity"],
            position=asked["position"],
            texts=form.texts,
            ip_address=get_adapter(request).get_client_ip(request),
            user_agent=request.headers.get("User-Agent", ""),
            at=clock.now(),
        )
    except NameRefused as refusal:
        form.add_error("name", str(refusal))
    except BackOfficeError as refusal:
        form.add_error(None, str(refusal))
    else:
        messages.success(request, _("The organization is open. Invite its members."))
        if opened.verdict.outcome == Outcome.DOUBTFUL:
            messages.warning(request, str(opened.verdict.sentence))
        return redirect("members", opened.account.public_id)
    return None


@for_those_who(May.READ)
def table_of_roles(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """What each role may do: the table that every page asks."""
    rows = [(act.label, [role in ROLES[act] for role in Membership.Role]) for act in May]
    context = {
        **frame(membership),
        "roles": list(Membership.Role),
        "rows": rows,
    }
    return render(request, "customer/organizations/roles.html", context)
