"""Guardians of minors (clause 1.1): a minor's account waits until one consents.

    require ─ ask ─ open_request ─ send_code ─ consent          withdraw: it waits again

The minor names the guardian's phone; a link goes there. On its page the guardian reads
what they consent to, asks for a code and types it. Until then an access condition stands
against the account. When the minor comes of age nobody is asked any more.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts import capacity, codes, consent, sms_budget
from accounts.conditions import ConditionSource
from accounts.exceptions import GuardianRefused, LinkIsVoid, NotAllowed, NotTheCurrentText
from accounts.models import (
    Account,
    AgreementText,
    Capacity,
    Condition,
    GuardianConsent,
    GuardianConsentWithdrawal,
    GuardianRequest,
    User,
)
from accounts.models.guardians import REQUEST_LASTS, purpose_of
from common.clock import local_day
from common.encryption import encrypt

GUARDIAN_DUE = ConditionSource(
    name="guardian_due",
    label=_("guardian's consent missing"),
    clause_number="1.1",
    reason_zh_hans="账号持有人未成年，尚未取得监护人同意。监护人同意后即可使用。",
    reason_en=(
        "The holder of this account is a minor, and no guardian has consented yet. "
        "It opens as soon as one does."
    ),
)
"""Registered with `accounts.conditions` when the app is ready."""

WORDING = 1
"""Number of what the guardian's page says: raise it with every change of its meaning."""


def require(*, account: Account, since: datetime) -> None:
    """Withholds access from `since` until a guardian consents; once is enough."""
    Condition.objects.get_or_create(
        account=account, source=GUARDIAN_DUE.name, cleared_at=None, defaults={"since": since}
    )


def is_due(account: Account) -> bool:
    """Whether access to this account waits for a guardian."""
    return Condition.objects.filter(
        account=account, source=GUARDIAN_DUE.name, cleared_at=None
    ).exists()


def waits(user: User) -> bool:
    """Whether this person's own account waits for a guardian."""
    found: bool = Condition.objects.filter(
        account__holder=user, source=GUARDIAN_DUE.name, cleared_at=None
    ).exists()
    return found


def ask(*, user: User, phone: str, address: str | None, at: datetime) -> GuardianRequest:
    """Sends a link to the guardian's `phone` (E.164). An earlier request is void.

    Raises `NotAllowed` for who waits for nobody, `GuardianRefused` and `TooManyMessages`.
    """
    if not waits(user):
        raise NotAllowed(_("Your account does not wait for a guardian."))
    if phone == user.phone:
        raise GuardianRefused(_("That is your own number. Your guardian needs one of theirs."))
    sms_budget.spend(
        phone=phone,
        address=address,
        purpose=sms_budget.Purpose.GUARDIAN,
        at=at,
        on_behalf_of=user,
    )
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        GuardianRequest.objects.filter(user=user).delete()
        request = GuardianRequest(
            user=user,
            digest=_digest(token),
            language=user.language,
            asked_at=at,
            expires_at=at + REQUEST_LASTS,
        )
        request.phone = phone
        request.save()
    _send_link(request, token)
    return request


def _send_link(request: GuardianRequest, token: str) -> None:
    """Without the minor's name, which would let anybody send their own words to anybody."""
    link = settings.SITE_URL.rstrip("/") + reverse("guardian_consent", args=[token])
    with override(request.language):
        text = _(
            "%(phone)s asks you, as guardian, to consent to an apiqik account: %(link)s "
            "(7 days). If you know nothing of it, do nothing."
        ) % {"phone": request.user.masked_phone, "link": link}
    params = {"phone": request.user.masked_phone, "link": link}
    codes.send(phone=request.phone, text=text, template="guardian_link", params=params)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_request(*, token: str, at: datetime) -> GuardianRequest:
    """The request whose link carries `token`. Raises `LinkIsVoid`."""
    found = GuardianRequest.objects.select_related("user").filter(digest=_digest(token)).first()
    if found is None or found.is_over(at) or not found.user.is_active or not waits(found.user):
        raise LinkIsVoid(
            _(
                "This link was used, is older than 7 days or was replaced by a newer one. "
                "Ask whoever opened the account to send a new one."
            )
        )
    return found


def send_code(*, request: GuardianRequest, address: str | None, at: datetime) -> None:
    """Sends a code to the guardian. Raises `TooManyMessages`."""
    sms_budget.spend(
        phone=request.phone,
        address=address,
        purpose=sms_budget.Purpose.GUARDIAN_CODE,
        at=at,
        on_behalf_of=request.user,
    )
    code = request.renew_code(at=at)
    request.save(update_fields=request.CODE_FIELDS)
    codes.send_code(
        phone=request.phone, code=code, template="guardian_code", language=request.language
    )


def is_child(user: User) -> bool:
    """Whether a guardian has to consent to the processing of this person's data as well."""
    said = capacity.declared(user)
    return said is not None and said.capacity == Capacity.CHILD


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a guardian said, and from where."""

    name: str
    relation: str
    personal_data: bool
    text: AgreementText
    ip_address: str | None
    user_agent: str


def give(*, request: GuardianRequest, code: str, given: Given, at: datetime) -> GuardianConsent:
    """Records a guardian's consent and opens the account.

    Raises `CodeRefused`, `GuardianRefused` where a child's data needs a consent of its own,
    `NotTheCurrentText`, and `LinkIsVoid` if it was given meanwhile.
    """
    if is_child(request.user) and not given.personal_data:
        raise GuardianRefused(_("Without this consent we may not keep a child's data."))
    terms = consent.current_terms()
    if terms is None or given.text.version_id != terms.pk:
        raise NotTheCurrentText(
            _("A newer version of these terms was published. Read it, then agree again.")
        )
    codes.check(waiting=request, typed=code, at=at)
    with transaction.atomic():
        row = GuardianRequest.objects.select_for_update().filter(pk=request.pk).first()
        if row is None:
            raise LinkIsVoid(_("This link was used or replaced a moment ago."))
        recorded = _record(row, given, at)
        row.delete()
        _clear(row.user, at)
    return recorded


def _record(request: GuardianRequest, given: Given, at: datetime) -> GuardianConsent:
    minor, phone = request.user, request.phone
    return GuardianConsent.record(
        user=minor,
        guardian_name=encrypt(given.name, purpose=purpose_of(minor, "name")),
        guardian_phone=encrypt(phone, purpose=purpose_of(minor, "phone")),
        phone_mark=mark_of(phone),
        relation=given.relation,
        personal_data=given.personal_data,
        text=given.text,
        text_sha256=given.text.sha256,
        wording=WORDING,
        consented_at=at,
        ip_address=given.ip_address,
        user_agent=given.user_agent[: GuardianConsent._meta.get_field("user_agent").max_length],
    )


def mark_of(phone: str) -> str:
    """Tells guardians' numbers apart without showing them."""
    return salted_hmac("accounts.guardians", phone, algorithm="sha256").hexdigest()


def _clear(user: User, at: datetime) -> None:
    Condition.objects.filter(
        account__holder=user, source=GUARDIAN_DUE.name, cleared_at=None
    ).update(cleared_at=at)


def standing(user: User) -> GuardianConsent | None:
    """The consent that holds for this person, if any."""
    found: GuardianConsent | None = user.guardian_consents.standing().order_by("-pk").first()
    return found


@transaction.atomic
def withdraw(
    *, consent_given: GuardianConsent, withdrawn_by: User, reason: str, at: datetime
) -> GuardianConsentWithdrawal:
    """Ends a consent, at the guardian's word or because it was none; access is withheld
    again unless the minor has come of age. Raises `NotAllowed` if it ended before."""
    minor = consent_given.user
    account = Account.objects.select_for_update().get(holder=minor)
    if GuardianConsentWithdrawal.objects.filter(consent=consent_given).exists():
        raise NotAllowed(_("This consent was ended before."))
    ended = GuardianConsentWithdrawal.record(
        consent=consent_given, withdrawn_by=withdrawn_by, reason=reason.strip()
    )
    said = capacity.declared(minor)
    of_age_on = said.of_age_on if said else None
    another = minor.guardian_consents.standing().exists()
    if of_age_on and of_age_on > local_day(at, settings.TIME_ZONE) and not another:
        require(account=account, since=at)
    return ended


def settle_of_age(*, at: datetime) -> int:
    """Opens the accounts of those who have come of age; returns how many."""
    today = local_day(at, settings.TIME_ZONE)
    return Condition.objects.filter(
        source=GUARDIAN_DUE.name,
        cleared_at=None,
        account__holder__capacities__of_age_on__lte=today,
    ).update(cleared_at=at)


def forget(*, at: datetime) -> int:
    """Deletes requests that are over; returns how many."""
    deleted, _by_model = GuardianRequest.objects.filter(expires_at__lte=at).delete()
    return deleted
