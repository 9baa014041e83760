"""A forgotten password, step by step. The session knows which attempt it is on."""

from collections.abc import Callable
from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import resets, sms_budget
from accounts.exceptions import CodeRefused, ResetIsOver
from accounts.models import ResetAttempt
from accounts.pages.forms import AuthenticateForm
from accounts.pages.getting_back_forms import CodeForm, FactorForm, ForgottenForm, NewPasswordForm
from common import clock
from common.exceptions import BackOfficeError

SESSION_KEY = "password_reset"

Step = Callable[[HttpRequest, ResetAttempt], HttpResponse]


def step(view: Step) -> Callable[[HttpRequest], HttpResponse]:
    """A page of an attempt that goes on; whoever has none begins again."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        try:
            attempt = resets.find(request.session.get(SESSION_KEY, ""), at=clock.now())
            return view(request, attempt)
        except ResetIsOver as over:
            messages.error(request, str(over))
            return redirect("password_forgotten")

    return page


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """The phone. Whoever's it is, if anybody's, the next page is the same."""
    form = ForgottenForm(request.POST or None)
    if not form.is_valid():
        return render(request, "customer/getting_back/forgotten.html", {"form": form})
    if refused := ratelimit.consume_or_429(request, action="reset"):
        return refused
    at, phone = clock.now(), form.cleaned_data["phone"]
    sms_budget.spend(
        phone=phone,
        address=get_adapter(request).get_client_ip(request),
        purpose=sms_budget.Purpose.RESET,
        at=at,
    )
    attempt = resets.begin(phone=phone, language=get_language() or "zh-hans", at=at)
    request.session.cycle_key()
    request.session[SESSION_KEY] = attempt.public_id
    return redirect("password_forgotten_code")


@step
def code(request: HttpRequest, attempt: ResetAttempt) -> HttpResponse:
    """The code from the phone."""
    if attempt.phone_code.proved_at is not None:
        return redirect("password_forgotten_proof")
    form = CodeForm(request.POST or None)
    if form.is_valid() and _went_well(
        form,
        lambda: resets.prove_phone(
            attempt=attempt, typed=form.cleaned_data["code"], at=clock.now()
        ),
    ):
        return redirect("password_forgotten_proof")
    return render(request, "customer/getting_back/forgotten_code.html", {"form": form})


@step
def proof(request: HttpRequest, attempt: ResetAttempt) -> HttpResponse:
    """By what the person shows that the phone is still theirs."""
    if attempt.second_proof:
        return redirect("password_forgotten_new")
    act = request.POST.get("act", "")
    email_form = CodeForm(request.POST if act == "email" else None)
    factor_form = FactorForm(request.POST if act == "factor" else None, auto_id="id_factor_%s")
    if act and _show_proof(request, attempt, email_form, factor_form):
        return redirect(request.path)
    at = clock.now()
    context = {
        "ways": resets.ways(attempt, at=at),
        "email_sent": attempt.email_code is not None,
        "email_form": email_form,
        "factor_form": factor_form,
    }
    return render(request, "customer/getting_back/forgotten_proof.html", context)


def _show_proof(
    request: HttpRequest, attempt: ResetAttempt, email_form: forms.Form, factor_form: forms.Form
) -> bool:
    """Does what was asked for; False leaves the form with its error."""
    at, act = clock.now(), request.POST["act"]
    if act == "send":
        try:
            resets.send_email_code(attempt=attempt, at=at)
        except CodeRefused as refusal:
            messages.error(request, str(refusal))
        return True
    if act == "recovery":
        resets.accept_recovery(attempt=attempt, at=at)
        return True
    if act == "email" and email_form.is_valid():
        typed = email_form.cleaned_data["code"]
        return _went_well(
            email_form, lambda: resets.prove_email(attempt=attempt, typed=typed, at=at)
        )
    if act == "factor" and factor_form.is_valid():
        return _went_well(factor_form, lambda: _show_factor(attempt, factor_form))
    return False


def _show_factor(attempt: ResetAttempt, form: forms.Form) -> None:
    resets.count_factor_try(attempt)
    shown = AuthenticateForm({"code": form.cleaned_data["code"]}, user=attempt.user)
    if not shown.is_valid():
        sentence = next(iter(shown.errors["code"]))
        raise CodeRefused(str(sentence), over=False)
    resets.accept_factor(attempt=attempt, authenticator=shown.authenticator)


@sensitive_post_parameters("password", "again")
@step
def new_password(request: HttpRequest, attempt: ResetAttempt) -> HttpResponse:
    """The new password; then signing in with it."""
    if not attempt.second_proof:
        return redirect("password_forgotten_proof")
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            resets.finish(
                attempt=attempt,
                password=form.cleaned_data["password"],
                ip_address=get_adapter(request).get_client_ip(request),
                at=clock.now(),
            )
        except ValidationError as weak:
            form.add_error("password", weak)
        else:
            logout(request)
            messages.success(request, _("Your password was changed. Sign in with the new one."))
            return redirect("account_login")
    return render(request, "customer/getting_back/forgotten_new.html", {"form": form})


def _went_well(form: forms.Form, verb: Callable[[], None]) -> bool:
    """Whether `verb` did it; a refusal becomes the form's error."""
    try:
        verb()
    except ResetIsOver:
        raise
    except BackOfficeError as refusal:
        form.add_error("code", str(refusal))
        return False
    return True
