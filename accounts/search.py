"""What of accounts can be found through the search box."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.finding import accounts_found, people_found, phone_in
from accounts.models import (
    Account,
    ApiKey,
    ClientToken,
    LabelApplication,
    LabelExemption,
    ServiceClient,
    User,
)
from common import clock
from common.search import Hit, SearchSource, looks_like_identifier, search_sources


def people(text: str, user: Any, limit: int) -> list[Hit]:
    """By phone however written, part of name or e-mail, identifier."""
    phone = phone_in(text)
    found = people_found(User.objects.all(), text)
    return [
        Hit(
            title=str(person),
            # Whoever typed the number may see it; nobody else needs to.
            detail=" · ".join(
                filter(
                    None,
                    [
                        person.phone if person.phone == phone else person.masked_phone,
                        person.masked_email,
                    ],
                )
            ),
            url=reverse("admin:accounts_user_change", args=[person.pk]),
            pill=_standing(person),
        )
        for person in found[:limit]
    ]


def _standing(person: User) -> tuple[str, str] | None:
    if person.closed_at:
        return pgettext("of an account", "closed"), "quiet"
    return None if person.is_active else (_("cannot sign in"), "bad")


def accounts(text: str, user: Any, limit: int) -> list[Hit]:
    """By part of the name, identifier, or a member's phone or e-mail."""
    found = accounts_found(Account.objects.all(), text)
    return [
        Hit(
            title=str(account),
            detail=f"{account.get_kind_display()} · {account.public_id}",
            url=reverse("admin:accounts_account_change", args=[account.pk]),
            pill=(pgettext("of an account", "closed"), "quiet") if account.closed_at else None,
        )
        for account in found[:limit]
    ]


def keys(text: str, user: Any, limit: int) -> list[Hit]:
    """By identifier or by the part of the key that may be shown."""
    if not looks_like_identifier(text):
        return []
    at = clock.now()
    found = ApiKey.objects.filter(Q(public_id=text) | Q(prefix=text[:12])).select_related("account")
    return [
        Hit(
            title=str(key),
            detail=str(key.account),
            url=reverse("admin:accounts_apikey_change", args=[key.pk]),
            pill=key_state(key, at),
        )
        for key in found[:limit]
    ]


def key_state(credential: ApiKey | ClientToken, at: Any) -> tuple[str, str]:
    """A key's or token's state at a moment, as a word and a tone."""
    if credential.revoked_at and credential.revoked_at <= at:
        return _("revoked"), "bad"
    if credential.expires_at and credential.expires_at <= at:
        return _("expired"), "quiet"
    return _("usable"), "good"


def client_state(client: ServiceClient, at: Any) -> tuple[str, str]:
    """A calling system's state: that of the tokens it has, unless it is revoked itself."""
    if client.revoked_at and client.revoked_at <= at:
        return _("revoked"), "bad"
    if not any(token.works(at) for token in client.tokens.all()):
        return _("without a token"), "quiet"
    return _("usable"), "good"


def service_clients(text: str, user: Any, limit: int) -> list[Hit]:
    """By identifier, prefix of a token, or part of the name."""
    of_token = ClientToken.objects.filter(prefix=text[:12]).values("client")
    exact = Q(public_id=text) | Q(pk__in=of_token)
    found = ServiceClient.objects.filter(
        exact if looks_like_identifier(text) else Q(name__matches=text)
    ).prefetch_related("tokens")
    at = clock.now()
    return [
        Hit(
            title=str(client),
            detail=client.public_id,
            url=reverse("admin:accounts_serviceclient_change", args=[client.pk]),
            pill=client_state(client, at),
        )
        for client in found[:limit]
    ]


def label_exemptions(text: str, user: Any, limit: int) -> list[Hit]:
    """By the identifier that a customer quotes: of an exemption, or of an application."""
    if not looks_like_identifier(text):
        return []
    at = clock.now()
    granted = LabelExemption.objects.filter(public_id=text).select_related("account", "end")
    asked = LabelApplication.objects.filter(public_id=text).select_related("account", "end")
    hits = [
        Hit(
            title=str(one),
            detail=str(one.account),
            url=reverse("admin:accounts_labelexemption_change", args=[one.pk]),
            pill=(
                (pgettext("a label exemption", "in force"), "good")
                if one.standing_at(at)
                else (pgettext("a label exemption", "over"), "quiet")
            ),
        )
        for one in granted[:limit]
    ]
    return hits + [
        Hit(
            title=str(one),
            detail=str(one.account),
            url=reverse("admin:accounts_labelapplication_change", args=[one.pk]),
            pill=(str(one.state.label), "quiet"),
        )
        for one in asked[:limit]
    ]


SOURCES = [
    SearchSource(
        name="people",
        label=gettext_lazy("People"),
        search=people,
        permission="accounts.view_user",
    ),
    SearchSource(
        name="accounts",
        label=gettext_lazy("Accounts"),
        search=accounts,
        permission="accounts.view_account",
    ),
    SearchSource(
        name="keys",
        label=gettext_lazy("API keys"),
        search=keys,
        permission="accounts.view_apikey",
    ),
    SearchSource(
        name="service_clients",
        label=gettext_lazy("Service clients"),
        search=service_clients,
        permission="accounts.view_serviceclient",
    ),
    SearchSource(
        name="label_exemptions",
        label=gettext_lazy("Label exemptions"),
        search=label_exemptions,
        permission="accounts.view_labelexemption",
    ),
]


def register() -> None:
    """Called once, when the app is ready."""
    for source in SOURCES:
        search_sources.register(source)
