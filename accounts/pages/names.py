"""The name of an account, changed by its owners and administrators (clause 1.2.5)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts import naming
from accounts.exceptions import NameRefused
from accounts.name_screening import Outcome
from accounts.pages.forms import AccountNameForm
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import membership_or_404
from accounts.roles import May, may
from common import clock
from common.exceptions import EditedMeanwhile


@login_required
def rename(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Another name; to members who may not, the page looks as if there were none."""
    membership = membership_or_404(request.user, public_id)
    if not may(membership, May.RENAME):
        raise Http404(_("No such account."))
    account = membership.account
    form = AccountNameForm(
        request.POST if request.method == "POST" else None,
        initial={"name": account.name, "edition": account.edition},
    )
    if form.is_valid():
        try:
            verdict = naming.rename_account(
                account=account, by=request.user, at=clock.now(), **form.cleaned_data
            )
        except NameRefused as refusal:
            form.add_error("name", str(refusal))
        except EditedMeanwhile:
            form.add_error(
                None,
                _("This was changed elsewhere meanwhile. Reload the page, then change it again."),
            )
        else:
            messages.success(request, _("Saved."))
            if verdict.outcome == Outcome.DOUBTFUL:
                messages.warning(request, str(verdict.sentence))
            return redirect("account", account.public_id)
        account.refresh_from_db()
    return render(request, "customer/account_name.html", {"form": form, "account": account})
