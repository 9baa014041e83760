"""What somebody who just opened an account sees."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import guardians
from accounts.models import Account
from accounts.pages.forms import ContactEmailForm
from accounts.pages.requests import SignedInRequest


@login_required
def welcome(request: SignedInRequest) -> HttpResponse:
    """What is open now, and what makes it safer."""
    if guardians.waits(request.user):
        return redirect("guardian")
    context = {
        "own": Account.objects.filter(holder=request.user).first(),
        "email_form": ContactEmailForm(),
    }
    return render(request, "customer/welcome.html", context)
