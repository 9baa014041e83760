"""Reports: filed by anybody, joined to one open case, answered in the end.

The cast: `file` writes a report and opens or joins its case; `tell` says to the reporter
what came of it. Reading a report back is in `compliance.report_reading`, what its reporter
sees in `compliance.tracking`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Account, ServiceClient, User
from accounts.models.users import Language
from common.encryption import encrypt
from compliance import cases, client_keys, evidence, report_letters, trail
from compliance.exceptions import NotPossible, WrongStep
from compliance.models import (
    Case,
    CaseKind,
    Evidence,
    Policy,
    Report,
    ReportOutcome,
)
from compliance.models.reports import new_receipt
from compliance.report_reading import purpose

What = trail.What
Channel = Report.Channel

MOST_FILES = 5
MOST_TEXT = 5_000
# Personal data of children: seen by those who may see such cases.
CHILDREN_CLAUSE = "3.3.4"
# Names our advisory locks among those of the database; any number that stays.
LOCKS_OF_SUBJECTS = 1_505


@dataclass(frozen=True)
class Upload:
    """A file that came with a report."""

    name: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Who reports. Everything may be missing: nobody has to say who they are."""

    user: User | None = None
    account: Account | None = None
    name: str = ""
    email: str = ""
    language: str | None = None

    @property
    def reads(self) -> str:
        """The language they are answered in."""
        wanted = self.user.language if self.user else self.language or get_language()
        return wanted if wanted in Language.values else Language.CHINESE


@dataclass(frozen=True, kw_only=True)
class ByApi:
    """Whose call it is: a second one with the same key and contents changes nothing."""

    client: ServiceClient
    key: str
    request_hash: str
    signals: Sequence[Mapping[str, Any]] = ()


def file(
    *,
    channel: str,
    kind: str,
    statement: str,
    at: datetime,
    about: Account | None = None,
    about_text: str = "",
    location: str = "",
    policy: Policy | None = None,
    reporter: Reporter | None = None,
    filed_by: User | None = None,
    medium: str = "",
    files: Sequence[Upload] = (),
    by_api: ByApi | None = None,
) -> Report:
    """Writes the report, encrypted where it is personal, into the one open case of its kind
    about that account or name, which it opens if there is none.

    Cases of other kinds about the same are linked. Raises `NotPossible` for what cannot be
    kept or is about the reporter's own account, `NotAllowed` for staff who may not file,
    `KeyTaken` when the client's key was used for other contents; what `evidence.add` refuses
    undoes it all.
    """
    reporter = reporter or Reporter()
    if filed_by is not None:
        cases.demand(filed_by, "compliance.add_report")
    for text in (statement, about_text, location, reporter.name, reporter.email):
        _demand_plain(text)
    _demand_contents(statement, about, reporter, files)
    contents: dict[str, Any] = {
        "channel": channel,
        "kind": kind,
        "policy": policy,
        "about": about,
        "about_text": about_text.strip()[:200],
        "location": location.strip(),
        "filed_by": filed_by,
        "medium": medium,
    }
    try:
        with transaction.atomic():
            known = _known(by_api) if by_api else None
            return known or _write(contents, statement.strip(), reporter, files, by_api, at)
    except IntegrityError:
        # The same call, at the same moment: whoever came second gets what the first made.
        known = _known(by_api) if by_api else None
        if known is None:
            raise
        return known


def _write(
    contents: dict[str, Any],
    statement: str,
    reporter: Reporter,
    files: Sequence[Upload],
    by_api: ByApi | None,
    at: datetime,
) -> Report:
    case, is_new = _case_for(contents, reporter, at=at)
    receipt = new_receipt()
    report = Report.record(
        **contents,
        receipt=receipt,
        case=case,
        statement=encrypt(statement, purpose=purpose(receipt, "statement")),
        contact_name=_kept(reporter.name, purpose(receipt, "contact_name")),
        contact_email=_kept(reporter.email, purpose(receipt, "contact_email")),
        reporter=reporter.user,
        reporter_account=reporter.account,
        language=reporter.reads,
        client=by_api.client if by_api else None,
        client_key=by_api.key if by_api else "",
        request_hash=by_api.request_hash if by_api else "",
        signals=list(by_api.signals) if by_api else [],
    )
    trail.record(
        case,
        What.REPORTED if is_new else What.JOINED,
        actor=contents["filed_by"],
        report=report.pk,
        channel=report.channel,
    )
    kept = [
        evidence.add(
            case=case,
            content=upload.content,
            name=upload.name,
            source=Evidence.Source.REPORTER,
            added_by=contents["filed_by"] or reporter.user,
            at=at,
        )
        for upload in files
    ]
    report.files.add(*kept)
    return report


def _kept(text: str, bound_to: str) -> str:
    """Encrypted; nothing stays nothing."""
    return encrypt(text.strip(), purpose=bound_to) if text.strip() else ""


# -- the case ---------------------------------------------------------------------------


def _case_for(
    contents: Mapping[str, Any], reporter: Reporter, *, at: datetime
) -> tuple[Case, bool]:
    about, kind = contents["about"], contents["kind"]
    subject = contents["about_text"] or contents["location"]
    key = cases.subject_key_of(account=about, person=None, subject=subject)
    _take_turns(key)
    case, is_new = cases.open_or_join(
        kind=kind,
        title=str(about) if about else subject,
        at=at,
        account=about,
        subject="" if about else subject,
        # Of a dispute (1.5) the reporter is the other side.
        opponent=reporter.account if kind == CaseKind.USER_DISPUTE else None,
        policy=contents["policy"],
        confidential=is_confidential(kind, contents["policy"]),
        opened_by=contents["filed_by"],
    )
    if is_new:
        same = Q(account=about) if about else Q(subject_key=key)
        others = Case.objects.open().filter(same).exclude(pk=case.pk)
        for other in others.order_by("pk"):
            cases.link(case=case, other=other, by=None, reason=_("Reports about the same subject."))
    return case, is_new


def _take_turns(key: str) -> None:
    """Until this transaction is over nobody else files about that subject, so that two
    cases of different kinds see each other and are linked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCKS_OF_SUBJECTS, key])


def is_confidential(kind: str, policy: Policy | None) -> bool:
    """Leaks, and personal data of children."""
    return kind == CaseKind.LEAK or (
        policy is not None and policy.clause_number.startswith(CHILDREN_CLAUSE)
    )


# -- refusals ---------------------------------------------------------------------------


def _demand_plain(text: str) -> None:
    """Text that can be stored: no NULs, nothing that is no character at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "\x00"
    if "\x00" in text:
        raise NotPossible(_("The text has characters that cannot be kept. Type it anew."))


def _demand_contents(
    statement: str, about: Account | None, reporter: Reporter, files: Sequence[Upload]
) -> None:
    if not statement.strip():
        raise NotPossible(_("Say what happened."))
    if len(statement) > MOST_TEXT:
        raise NotPossible(_("Write at most %(most)s characters.") % {"most": MOST_TEXT})
    if len(files) > MOST_FILES:
        raise NotPossible(_("Choose at most %(most)s files.") % {"most": MOST_FILES})
    # An organization's own people may report it from their own account.
    holds_it = about is not None and reporter.user is not None and about.holder == reporter.user
    if about is not None and (holds_it or about == reporter.account):
        raise NotPossible(
            _("That is your own account. To have something about it looked into, ask support.")
        )


def _known(by_api: ByApi) -> Report | None:
    """What this client filed with this key. Raises `KeyTaken` if it said something else."""
    found: Report | None = client_keys.known(
        Report.objects.all(),
        client=by_api.client,
        key=by_api.key,
        request_hash=by_api.request_hash,
    )
    return found


# -- what came of it --------------------------------------------------------------------


@transaction.atomic
def tell(
    *,
    report: Report,
    verdict: str,
    words_zh_hans: str,
    words_en: str,
    by: User,
    at: datetime,
) -> ReportOutcome:
    """Says to the reporter what came of it, in both languages: on the tracking page, and by
    a letter to the account or address there is.

    Once per verdict, and again after the reporter appealed. Raises `NotAllowed`,
    `NotPossible`, `WrongStep`.
    """
    cases.demand(by, "compliance.tell_reporter")
    case: Case = Case.objects.select_for_update().get(pk=report.case_id)
    if case.confidential and not by.has_perm("compliance.see_confidential_case"):
        raise NotPossible(_("This case is confidential."))
    for words in (words_zh_hans, words_en):
        _demand_plain(words)
        if not words.strip():
            raise NotPossible(_("Write what came of it in both languages."))
    latest = latest_outcome(report)
    if latest is not None and latest.verdict == verdict and not hasattr(latest, "appeal"):
        raise WrongStep(
            _("The reporter was told “%(verdict)s” already.")
            % {"verdict": latest.get_verdict_display()}
        )
    outcome = ReportOutcome.record(
        report=report,
        verdict=verdict,
        words_zh_hans=words_zh_hans.strip(),
        words_en=words_en.strip(),
        told_by=by,
    )
    trail.record(case, What.REPORTER_TOLD, actor=by, report=report.pk, verdict=verdict)
    report_letters.send(outcome, at=at)
    return outcome


def latest_outcome(report: Report) -> ReportOutcome | None:
    """The one that holds; None while the reporter waits."""
    found: ReportOutcome | None = (
        report.outcomes.select_related("appeal__answer").order_by("-pk").first()
    )
    return found
