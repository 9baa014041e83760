"""Opening an account: one page for each step (clauses 1.1 to 1.2.8).

What was typed is kept under a token in the session; each page sends whoever is not there
yet, or already further, to where they are.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import capacity, declared_use, guardians, sign_up
from accounts.exceptions import (
    AgeRefused,
    CodeRefused,
    CountryNotServed,
    NameRefused,
    NotTheCurrentText,
    SignUpIsClosed,
    UseIsExcluded,
)
from accounts.models import SignUp, User
from accounts.models.users import Language
from accounts.pages.password_strength import strength_of
from accounts.pages.sign_up_forms import (
    AgreementsForm,
    CodeForm,
    CredentialsForm,
    DeclarationsForm,
    PhoneForm,
)
from accounts.sign_up import Step
from common import clock
from common.exceptions import BackOfficeError

SESSION_KEY = "sign_up"
PAGES = {
    Step.PHONE: "account_signup",
    Step.CODE: "sign_up_code",
    Step.KNOWN: "sign_up_known",
    Step.CREDENTIALS: "sign_up_credentials",
    Step.DECLARATIONS: "sign_up_declarations",
    Step.AGREEMENTS: "sign_up_agreements",
}
# In this order, without the one for numbers that are known.
STEPS: list[Step] = [step for step in PAGES if step != Step.KNOWN]

Page = Callable[..., HttpResponse]


def address_of(request: HttpRequest) -> str | None:
    """The visitor's address, as allauth counts attempts by."""
    found: str | None = get_adapter().get_client_ip(request)
    return found


def _visitors_only(page: Page) -> Page:
    """For people who are not signed in, and not too often."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("home")
        if refused := ratelimit.consume_or_429(request, action="sign_up"):
            return refused
        return page(request, *args, **kwargs)

    return never_cache(guarded)


def _at(step: Step) -> Callable[[Page], Page]:
    """The page of `step`, for who has come that far; it gets the sign-up as well."""

    def decorate(page: Page) -> Page:
        @wraps(page)
        def guarded(request: HttpRequest) -> HttpResponse:
            try:
                found = sign_up.find(token=request.session.get(SESSION_KEY, ""), at=clock.now())
            except BackOfficeError as refusal:
                request.session.pop(SESSION_KEY, None)
                messages.error(request, str(refusal))
                return redirect("account_signup")
            reached = sign_up.step_of(found)
            if not _open_to(step, reached):
                return redirect(PAGES[reached])
            return page(request, found)

        return _visitors_only(guarded)

    return decorate


def _open_to(step: Step, reached: Step) -> bool:
    """Whether the page of `step` can be opened: where somebody is, and what they filled in
    before; a proven number is proven."""
    if step == reached or Step.KNOWN in (step, reached):
        return step == reached
    return step != Step.CODE and STEPS.index(step) < STEPS.index(reached)


def _show(
    request: HttpRequest, step: Step, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    steps = [(one, PAGES[one]) for one in STEPS]
    context |= {"steps": steps, "step": step, "place": STEPS.index(step) + 1}
    return render(request, f"customer/sign_up/{step}.html", context, status=status)


@_visitors_only
def phone(request: HttpRequest) -> HttpResponse:
    """The number to sign in with. Answers the same whether it is known or not."""
    at = clock.now()
    form = PhoneForm(request.POST or None)
    try:
        sign_up.documents(at=at)
        if form.is_valid():
            request.session[SESSION_KEY] = sign_up.begin(
                phone=form.cleaned_data["phone"],
                address=address_of(request),
                language=get_language() or Language.CHINESE,
                at=at,
            )
            return redirect("sign_up_code")
    except CountryNotServed as refusal:
        form.add_error("phone", str(refusal))
    except SignUpIsClosed as refusal:
        return render(request, "account/signup_closed.html", {"refusal": refusal}, status=503)
    under_way = SESSION_KEY in request.session
    return _show(request, Step.PHONE, {"form": form, "under_way": under_way})


@_at(Step.CODE)
def code(request: HttpRequest, found: SignUp) -> HttpResponse:
    """The code that was sent; another one if it did not come."""
    if request.method == "POST" and request.POST.get("action") == "resend":
        sign_up.send_again(sign_up=found, address=address_of(request), at=clock.now())
        messages.success(request, _("A new code is on its way."))
        return redirect("sign_up_code")
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            sign_up.prove(sign_up=found, typed=form.cleaned_data["code"], at=clock.now())
        except CodeRefused as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect(PAGES[sign_up.step_of(found)])
    return _show(request, Step.CODE, {"form": form, "phone": found.phone})


@_at(Step.KNOWN)
def known(request: HttpRequest, found: SignUp) -> HttpResponse:
    """For who proved to hold a number that is signed in with: to signing in, or resetting."""
    return render(request, "customer/sign_up/known.html", {"phone": found.phone})


@sensitive_post_parameters("password", "again")
@_at(Step.CREDENTIALS)
def credentials(request: HttpRequest, found: SignUp) -> HttpResponse:
    """Name and password."""
    form = CredentialsForm(request.POST or None, initial={"name": found.name})
    context: dict[str, Any] = {"form": form, "phone": found.phone}
    if form.is_bound:
        context |= strength_of(request)
    if form.is_valid():
        try:
            sign_up.choose_credentials(
                sign_up=found,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                at=clock.now(),
            )
        except NameRefused as refusal:
            form.add_error("name", str(refusal))
        except ValidationError as weak:
            form.add_error("password", weak)
        else:
            return redirect(PAGES[sign_up.step_of(found)])
    return _show(request, Step.CREDENTIALS, context)


@_at(Step.DECLARATIONS)
def declarations(request: HttpRequest, found: SignUp) -> HttpResponse:
    """Age and capacity, and what the account is for."""
    form = DeclarationsForm(request.POST or None, initial=found.declared)
    if form.is_valid():
        said = form.cleaned_data
        try:
            sign_up.declare(
                sign_up=found,
                born=said["born"],
                use=said["use"],
                details=said["details"],
                occasions=said["occasions"],
                at=clock.now(),
            )
        except AgeRefused as refusal:
            form.add_error("born", str(refusal))
        except UseIsExcluded as refusal:
            form.add_error("occasions", str(refusal))
        else:
            return redirect("sign_up_agreements")
    context = {"form": form, "use_clause": declared_use.CLAUSE, "age_clause": capacity.CLAUSE}
    return _show(request, Step.DECLARATIONS, context)


@_at(Step.AGREEMENTS)
def agreements(request: HttpRequest, found: SignUp) -> HttpResponse:
    """Each document in force; accepting them opens the account."""
    form = AgreementsForm(request.POST or None, versions=sign_up.documents(at=clock.now()))
    if form.is_valid():
        origin = sign_up.Origin(
            ip_address=address_of(request), user_agent=request.headers.get("User-Agent", "")
        )
        try:
            person = sign_up.finish(
                sign_up=found, texts=form.texts(), origin=origin, at=clock.now()
            )
        except NotTheCurrentText as refusal:
            messages.error(request, str(refusal))
            return redirect("sign_up_agreements")
        except NameRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("sign_up_credentials")
        except BackOfficeError as refusal:
            messages.error(request, str(refusal))
            return redirect("account_login")
        return _sign_in(request, person)
    return _show(request, Step.AGREEMENTS, {"form": form})


def _sign_in(request: HttpRequest, person: User) -> HttpResponse:
    """Through allauth's own steps. The password was typed a moment ago."""
    request.session.pop(SESSION_KEY, None)
    record_authentication(request, person, method="password", reauthenticated=True)
    target = "guardian" if guardians.waits(person) else "welcome"
    response: HttpResponse = perform_login(
        request, Login(user=person, redirect_url=None, signup=True)
    )
    return redirect(target) if request.user.is_authenticated else response


@require_POST
def start_over(request: HttpRequest) -> HttpResponse:
    """Forgets what was typed."""
    token = request.session.pop(SESSION_KEY, "")
    SignUp.objects.filter(digest=sign_up.digest(token)).delete()
    return redirect("account_signup")
