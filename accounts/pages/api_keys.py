"""API keys on the customer's pages: made, shown once, rotated, revoked, handed over (2.2.2)."""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import api_keys, transfers
from accounts.models import Account, ApiKey, Membership
from accounts.pages.fresh_proof import proved_again_first
from accounts.pages.key_forms import ExpiryForm, HandOverForm, KeyForm, RotateForm
from accounts.pages.members import frame as frame_of_members
from accounts.pages.organization_forms import ReasonForm
from accounts.pages.requests import SignedInRequest
from accounts.pages.tenancy import for_those_who
from accounts.roles import May
from accounts.search import key_state
from common import clock
from common.exceptions import BackOfficeError

MOST = 200
REMEMBERED_SECONDS = 24 * 3600
"""For how long a form that was sent is known again."""


def frame(membership: Membership) -> dict[str, Any]:
    """What the frame of every page of keys needs."""
    return {**frame_of_members(membership), "section": "keys"}


@for_those_who(May.USE_KEYS)
def index(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The keys that work, then those that ended."""
    at = clock.now()
    keys = [(key, key_state(key, at)) for key in api_keys.keys_of(membership.account)[:MOST]]
    usable = set(
        ApiKey.objects.usable(at).filter(account=membership.account).values_list("pk", flat=True)
    )
    context = {
        **frame(membership),
        "live": [row for row in keys if row[0].pk in usable],
        "ended": [row for row in keys if row[0].pk not in usable],
    }
    return render(request, "customer/keys/index.html", context)


@never_cache
@for_those_who(May.USE_KEYS)
def new(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Makes a key and shows it, this once."""
    at, account = clock.now(), membership.account
    form = KeyForm(_data(request), account=account, at=at)
    if form.is_valid():
        if not _is_first(request, form):
            return _was_shown(request, account)
        try:
            key, secret = api_keys.create(
                account=account,
                by=request.user,
                name=form.cleaned_data["name"],
                services=form.cleaned_data["services"],
                expires_at=form.cleaned_data["expires_at"],
                at=at,
            )
        except BackOfficeError as refusal:
            cache.delete(_word_of(request, form))
            form.add_error(None, str(refusal))
        else:
            return _shown_once(request, membership, key, secret)
    return render(request, "customer/keys/new.html", {**frame(membership), "form": form})


@never_cache
@for_those_who(May.USE_KEYS)
def rotate(request: SignedInRequest, membership: Membership, key: str) -> HttpResponse:
    """Makes a key in place of another and shows it, this once."""
    at, old = clock.now(), _key_or_404(membership, key)
    form = RotateForm(_data(request), account=membership.account, at=at)
    if form.is_valid():
        if not _is_first(request, form):
            return _was_shown(request, membership.account)
        try:
            made, secret = api_keys.rotate(
                api_key=old,
                by=request.user,
                overlap=timedelta(days=form.cleaned_data["overlap"]),
                expires_at=form.cleaned_data["expires_at"],
                at=at,
            )
        except BackOfficeError as refusal:
            cache.delete(_word_of(request, form))
            form.add_error(None, str(refusal))
        else:
            return _shown_once(request, membership, made, secret, old=old)
    context = {**frame(membership), "form": form, "key": old}
    return render(request, "customer/keys/rotate.html", context)


@for_those_who(May.USE_KEYS)
def revoke(request: SignedInRequest, membership: Membership, key: str) -> HttpResponse:
    """Ends a key, with a reason, after saying what that means."""
    found = _key_or_404(membership, key)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            api_keys.revoke(
                api_key=found, by=request.user, reason=form.cleaned_data["reason"], at=clock.now()
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Key %(prefix)s… is revoked.") % {"prefix": found.prefix})
            return redirect("api_keys", membership.account.public_id)
    context = {**frame(membership), "form": form, "key": found}
    return render(request, "customer/keys/revoke.html", context)


@for_those_who(May.TRANSFER)
@proved_again_first
def hand_over(request: SignedInRequest, membership: Membership, key: str) -> HttpResponse:
    """Asks that a key go to another account."""
    found = _key_or_404(membership, key)
    form = HandOverForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        named = form.cleaned_data["to_account"].strip()
        try:
            transfers.ask_for_key(
                api_key=found,
                to_account=Account.objects.filter(public_id=named).first(),
                by=request.user,
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request,
                _("Asked for. An owner of the other account has to agree, then our staff decide."),
            )
            return redirect("transfers", membership.account.public_id)
    context = {**frame(membership), "form": form, "key": found}
    return render(request, "customer/keys/hand_over.html", context)


def _key_or_404(membership: Membership, key: str) -> ApiKey:
    return get_object_or_404(
        ApiKey.objects.filter(account=membership.account).select_related("account"), public_id=key
    )


def _data(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _word_of(request: SignedInRequest, form: ExpiryForm) -> str:
    word = hashlib.sha256(form.cleaned_data["once"].encode()).hexdigest()
    return f"key-form:{request.user.pk}:{word}"


def _is_first(request: SignedInRequest, form: ExpiryForm) -> bool:
    """Whether the form was not sent before, by a reload, the back button or a second click."""
    return cache.add(_word_of(request, form), True, timeout=REMEMBERED_SECONDS)


def _shown_once(
    request: SignedInRequest,
    membership: Membership,
    key: ApiKey,
    secret: str,
    *,
    old: ApiKey | None = None,
) -> HttpResponse:
    """The only page that shows a secret: kept by nobody on the way."""
    if old is not None:
        old.refresh_from_db()
    context = {**frame(membership), "key": key, "secret": secret, "old": old}
    response = render(request, "customer/keys/shown.html", context)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _was_shown(request: SignedInRequest, account: Account) -> HttpResponse:
    messages.warning(
        request,
        _("That form was sent before, so nothing was done again. A key is shown only once."),
    )
    return redirect("api_keys", account.public_id)
