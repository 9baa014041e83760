"""Leave to make content without the explicit AI label (clause 3.6.2).

An owner asks, says what for and accepts four undertakings, each by itself. A member of staff
proposes a last day and another one grants it; then `accounts.access` and the feed of gateways
say `exempt` for as long as it stands. It ends with its day, when staff revoke it, when an owner
gives it up, or when another one is granted in its place. The implicit label is never off.

Whatever is done about the exemptions of one account waits for each other by a lock on it.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts import activity, roles
from accounts.exceptions import NotAllowed, NotPossibleNow, ReasonMissing
from accounts.label_news import names_of, services_of, tell_owners
from accounts.label_promises import Promised, promised, sha256_of
from accounts.models import (
    Account,
    Activity,
    Clause,
    ClauseText,
    LabelApplication,
    LabelApplicationEnd,
    LabelExemption,
    LabelExemptionEnd,
    LabelProposal,
    LabelUndertaking,
    Membership,
    Service,
    User,
)
from accounts.models.label_exemptions import LONGEST_DAYS
from accounts.news import News
from accounts.roles import May
from common.clock import local_day

MAY_PROPOSE = "accounts.propose_labelexemption"
MAY_APPROVE = "accounts.approve_labelexemption"
MAY_REVOKE = "accounts.revoke_labelexemption"
State = LabelExemptionEnd.Kind


def open_application(account: Account) -> LabelApplication | None:
    """The one that is not over, if any."""
    found: LabelApplication | None = LabelApplication.objects.open().filter(account=account).first()
    return found


# --- the customer --------------------------------------------------------------------------


@transaction.atomic
def apply(
    *,
    account: Account,
    by: User,
    services: Collection[Service],
    purpose: str,
    accepted: Collection[ClauseText],
    ip_address: str | None,
    at: datetime,
) -> LabelApplication:
    """An owner asks for the account's `services`, none for the whole account, having accepted
    the undertakings in these words. Raises `NotAllowed`, `ReasonMissing`, `NotPossibleNow`."""
    account = _locked(account)
    roles.demand(user=by, account=account, act=May.AGREE)
    if not purpose.strip():
        raise ReasonMissing(_("Say what the content without the label is for."))
    if open_application(account) is not None:
        raise NotPossibleNow(_("An application is under way already. Take it back to ask anew."))
    _refuse_narrower(account, services, at)
    shown = _shown(account, accepted, at)
    application = LabelApplication.record(
        account=account,
        whole_account=not services,
        services=sorted(one.slug for one in services),
        purpose=purpose.strip(),
        clause=shown.clause,
        text=shown.words.text,
        text_sha256=shown.sha256,
        asked_by=by,
        ip_address=ip_address,
    )
    for words in shown.undertakings:
        LabelUndertaking.record(
            application=application, clause=words.clause, words=words, sha256=sha256_of(words)
        )
    activity.note(
        Activity.Kind.LABELS_ASKED,
        account=account,
        by=by,
        services=application.services,
        reference=application.public_id,
    )
    return application


def _shown(account: Account, accepted: Collection[ClauseText], at: datetime) -> Promised:
    """The terms as they are now, in the language of what was accepted."""
    languages = {one.text.language for one in accepted}
    language = languages.pop() if len(languages) == 1 else None
    shown = promised(account, language=language, at=at)
    if shown is None:
        raise NotPossibleNow(_("The terms in force for the account provide for no exemption."))
    if {one.pk for one in accepted} != {one.pk for one in shown.undertakings}:
        raise NotPossibleNow(
            _("Accept all four undertakings, as the terms in force word them now.")
        )
    return shown


def _refuse_narrower(account: Account, services: Collection[Service], at: datetime) -> None:
    whole = LabelExemption.objects.unended(at).filter(account=account, service=None).first()
    if services and whole is not None:
        raise NotPossibleNow(
            _("The whole account is exempt until %s. Apply for the whole, or give that up first.")
            % whole.last_day
        )


@transaction.atomic
def withdraw(*, application: LabelApplication, by: User) -> LabelApplicationEnd:
    """An owner takes an application back. Raises `NotAllowed`, `NotPossibleNow`."""
    account = _locked(application.account)
    roles.demand(user=by, account=account, act=May.AGREE)
    return _end_application(application, LabelApplicationEnd.Kind.WITHDRAWN, by=by)


@transaction.atomic
def give_up(*, exemption: LabelExemption, by: User, at: datetime) -> LabelExemptionEnd:
    """An owner needs it no more; the explicit label is required again at once. Raises
    `NotAllowed`, `NotPossibleNow`."""
    account = _locked(exemption.account)
    roles.demand(user=by, account=account, act=May.AGREE)
    _demand_standing(exemption, at)
    end = LabelExemptionEnd.record(exemption=exemption, kind=State.GIVEN_UP, ended_by=by)
    _note_end(exemption, end, by=by)
    return end


# --- staff ---------------------------------------------------------------------------------


def longest_last_day(account: Account, at: datetime) -> date:
    """The last day that may be granted, where the account is."""
    days = min(settings.LABEL_EXEMPTION_MOST_DAYS, LONGEST_DAYS)
    return local_day(at, account.time_zone) + timedelta(days=days)


@transaction.atomic
def propose(
    *,
    application: LabelApplication,
    last_day: date,
    reason: str,
    by: User,
    at: datetime,
    case_reference: str = "",
) -> LabelProposal:
    """A member of staff proposes to grant it up to and with `last_day`; a later proposal takes
    the place of those before it. Raises `NotAllowed`, `ReasonMissing`, `NotPossibleNow`."""
    account = _locked(application.account)
    _demand_staff(by, account, MAY_PROPOSE)
    _demand_open(application)
    _demand_day(account, last_day, at)
    return LabelProposal.record(
        application=application,
        last_day=last_day,
        digest=digest_of(application, last_day),
        case_reference=case_reference.strip(),
        reason=_words(reason),
        proposed_by=by,
    )


@transaction.atomic
def approve(
    *, application: LabelApplication, digest: str, reason: str, by: User, at: datetime
) -> list[LabelExemption]:
    """Another member of staff grants what was proposed, which `digest` repeats; what stands for
    the same ends. Raises `NotAllowed`, `ReasonMissing`, `NotPossibleNow`."""
    account = _locked(application.account)
    _demand_staff(by, account, MAY_APPROVE)
    _demand_open(application)
    proposal = application.proposals.order_by("-pk").first()
    if proposal is None:
        raise NotPossibleNow(_("Somebody has to propose it first."))
    if proposal.proposed_by_id == by.pk:
        raise NotAllowed(_("Nobody approves what they proposed themselves."))
    if digest != proposal.digest:
        raise NotPossibleNow(_("Something else was proposed meanwhile. Look at it again."))
    last_day = proposal.last_day
    _demand_day(account, last_day, at)
    services = services_of(application)
    for old in _overlapping(account, services, at):
        LabelExemptionEnd.record(exemption=old, kind=State.REPLACED, ended_by=by)
    granted = [
        LabelExemption.record(
            proposal=proposal,
            account=account,
            service=service,
            last_day=last_day,
            digest=digest,
            reason=_words(reason),
            approved_by=by,
        )
        for service in services
    ]
    for one in granted:
        # The database reckons the end, and from when it holds.
        one.refresh_from_db(fields=["recorded_at", "ends_at"])
    activity.note(
        Activity.Kind.LABELS_GRANTED,
        account=account,
        by=None,
        services=application.services,
        until=last_day.isoformat(),
        reference=application.public_id,
    )
    tell_owners(
        application, News.LABELS_GRANTED, key=application.public_id, at=at, last_day=last_day
    )
    return granted


def would_be_replaced(application: LabelApplication, *, at: datetime) -> list[LabelExemption]:
    """What stands now and would end if it were granted."""
    return _overlapping(application.account, services_of(application), at)


@transaction.atomic
def decline(
    *, application: LabelApplication, reason_zh_hans: str, reason_en: str, by: User, at: datetime
) -> LabelApplicationEnd:
    """Staff say no; the customer reads why in their language. Raises `NotAllowed`,
    `ReasonMissing`, `NotPossibleNow`."""
    account = _locked(application.account)
    _demand_staff(by, account, MAY_PROPOSE)
    end = _end_application(
        application,
        LabelApplicationEnd.Kind.DECLINED,
        by=by,
        **_in_both(reason_zh_hans, reason_en),
    )
    tell_owners(application, News.LABELS_DECLINED, key=application.public_id, at=at, **_why(end))
    return end


@transaction.atomic
def revoke(
    *,
    exemption: LabelExemption,
    clause: Clause,
    reason_zh_hans: str,
    reason_en: str,
    by: User,
    at: datetime,
    case_reference: str = "",
) -> LabelExemptionEnd:
    """Staff end it at once; the customer reads why. Raises `NotAllowed`, `ReasonMissing`,
    `NotPossibleNow`."""
    account = _locked(exemption.account)
    _demand_staff(by, account, MAY_REVOKE)
    _demand_standing(exemption, at)
    end = LabelExemptionEnd.record(
        exemption=exemption,
        kind=State.REVOKED,
        clause=clause,
        case_reference=case_reference.strip(),
        ended_by=by,
        **_in_both(reason_zh_hans, reason_en),
    )
    _note_end(exemption, end, by=None)
    facts = {"clause": clause.number, **names_of(exemption), **_why(end)}
    application = exemption.proposal.application
    tell_owners(application, News.LABELS_REVOKED, key=exemption.public_id, at=at, **facts)
    return end


def digest_of(application: LabelApplication, last_day: date) -> str:
    """SHA-256 of what would be granted, as the database reckons it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_label_digest(%s, %s)", [application.pk, last_day])
        row = cursor.fetchone()
    assert row is not None  # a SELECT of a function always gives one row
    digest: str = row[0]
    return digest


def _demand_staff(person: User, account: Account, permission: str) -> None:
    if not (person.is_staff and person.has_perm(permission)):
        raise NotAllowed(_("You may not decide about label exemptions."))
    if Membership.objects.filter(user=person, account=account).exists():
        raise NotAllowed(_("You belong to this account: a colleague has to decide."))


def _demand_open(application: LabelApplication) -> None:
    if not LabelApplication.objects.open().filter(pk=application.pk).exists():
        raise NotPossibleNow(_("This application is over."))


def _demand_standing(exemption: LabelExemption, at: datetime) -> None:
    if not LabelExemption.objects.unended(at).filter(pk=exemption.pk).exists():
        raise NotPossibleNow(_("This exemption has ended already."))


def _demand_day(account: Account, last_day: date, at: datetime) -> None:
    latest = longest_last_day(account, at)
    if not local_day(at, account.time_zone) <= last_day <= latest:
        raise NotPossibleNow(
            _("The last day is today at the earliest and %s at the latest.") % latest
        )


def _overlapping(
    account: Account, services: Sequence[Service | None], at: datetime
) -> list[LabelExemption]:
    """What stands for any of these, or for the whole account."""
    standing = LabelExemption.objects.unended(at).filter(account=account).order_by("pk")
    return [
        one
        for one in standing.select_related("service")
        if one.service is None or None in services or one.service in services
    ]


def _end_application(
    application: LabelApplication, kind: LabelApplicationEnd.Kind, *, by: User, **reasons: str
) -> LabelApplicationEnd:
    _demand_open(application)
    end = LabelApplicationEnd.record(application=application, kind=kind, ended_by=by, **reasons)
    declined = kind == LabelApplicationEnd.Kind.DECLINED
    activity.note(
        Activity.Kind.LABELS_DECLINED if declined else Activity.Kind.LABELS_BACK,
        account=application.account,
        by=None if declined else by,
        reference=application.public_id,
    )
    return end


def _note_end(exemption: LabelExemption, end: LabelExemptionEnd, *, by: User | None) -> None:
    revoked = end.kind == State.REVOKED
    activity.note(
        Activity.Kind.LABELS_REVOKED if revoked else Activity.Kind.LABELS_GIVEN_UP,
        account=exemption.account,
        by=by,
        services=[exemption.service.slug] if exemption.service else [],
        reference=exemption.public_id,
    )


def _words(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing(_("Write down the reason."))
    return reason.strip()


def _in_both(zh_hans: str, en: str) -> dict[str, str]:
    if not (zh_hans.strip() and en.strip()):
        raise ReasonMissing(_("Write the reason in Chinese and in English: the customer reads it."))
    return {"reason_zh_hans": zh_hans.strip(), "reason_en": en.strip()}


def _why(end: LabelApplicationEnd | LabelExemptionEnd) -> dict[str, str]:
    return {"reason_zh_hans": end.reason_zh_hans, "reason_en": end.reason_en}


def _locked(account: Account) -> Account:
    """Of those who change what is granted to an account one goes after the other."""
    found: Account = Account.objects.select_for_update().get(pk=account.pk)
    return found
