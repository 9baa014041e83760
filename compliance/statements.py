"""The statement of reasons: made once, in both languages, when a decision is approved.

Text and PDF are kept byte for byte with their hashes and are what is shown and printed ever
after, whatever becomes of clauses, policies and of this module.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import limits
from accounts.models import ApiKey, Clause, ClauseText
from accounts.models.users import Language
from billing.money import shown
from common.languages import listed
from compliance import names, superseding
from compliance.effects import address_of
from compliance.models import Action, Decision, DecisionEffect, Statement
from compliance.models.orders import ContentOrder
from compliance.statement_pdf import pdf_of

# What is done once, and then is done.
WITHOUT_TERM = (Action.WARNING, Action.CONTENT_ORDER, Action.NAME_CANCELLATION)


@dataclass(frozen=True)
class Words:
    """What a statement says, in one language: facts as name and value, then parts of a heading
    and paragraphs. Text, never markup."""

    language: str
    title: str
    reference: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def text(self) -> str:
        colon = "：" if self.language == Language.CHINESE else ": "
        lines = [self.title, "", *(f"{name}{colon}{value}" for name, value in self.facts)]
        for number, (heading, paragraphs) in enumerate(self.parts, start=1):
            lines += ["", f"{number}. {heading}", "", *paragraphs]
        return "\n".join(lines) + "\n"


def make(decision: Decision, *, effect: DecisionEffect, at: datetime) -> list[Statement]:
    """Writes the statement of an approved decision in every language, and keeps it."""
    until = at + timedelta(days=settings.APPEALS_WITHIN_DAYS)
    made = []
    for language in Language.values:
        with override(language):
            words = words_of(decision, effect=effect, language=language, until=until, at=at)
        text, pdf = words.text, pdf_of(words, at=at)
        made.append(
            Statement.record(
                decision=decision,
                language=language,
                text=text,
                pdf=pdf,
                text_sha256=hashlib.sha256(text.encode()).hexdigest(),
                pdf_sha256=hashlib.sha256(pdf).hexdigest(),
                appeal_until=until,
            )
        )
    return made


def words_of(
    decision: Decision, *, effect: DecisionEffect, language: str, until: datetime, at: datetime
) -> Words:
    """What the statement says, in `language`, which is the one in use."""
    account = decision.account
    assert account is not None  # without one there is nobody to tell
    zone = ZoneInfo(account.time_zone)
    chinese = language == Language.CHINESE
    version = decision.policy_version
    parts = [
        (_("What was decided"), _measures(decision, effect, zone)),
        (_clause_heading(decision.clause), (_clause_words(decision.clause, language),)),
    ]
    conduct = decision.clause_at_conduct
    if conduct is not None and conduct.pk != decision.clause_id:
        heading = _("As it was when the account acted: %s") % _clause_heading(conduct)
        parts.append((heading, (_clause_words(conduct, language),)))
    policy = _("Policy: %(title)s (version %(number)s)") % {
        "title": version.title_in(language),
        "number": version.number,
    }
    parts += [
        (policy, (version.text_in(language),)),
        (_("Facts"), (decision.facts_zh_hans if chinese else decision.facts_en,)),
        (_("Reasons"), (decision.reasons_zh_hans if chinese else decision.reasons_en,)),
    ]
    if decision.at_once:
        parts.append((_("Why prior notice could not be waited for"), (decision.grounds,)))
    parts.append((_("How to appeal"), _appeal(decision, until, zone)))
    return Words(
        language=language,
        title=_("Statement of reasons"),
        reference=decision.public_id,
        facts=(
            (_("Decision"), decision.public_id),
            (_("Account"), f"{account.name} ({account.public_id})"),
            (_("Decided at"), _moment(at, zone)),
        ),
        parts=tuple(parts),
    )


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _clause_heading(clause: Clause) -> str:
    return _("%(document)s, version %(version)s, clause %(number)s") % {
        "document": clause.version.document,
        "version": clause.version.number,
        "number": clause.number,
    }


def _clause_words(clause: Clause, language: str) -> str:
    """The clause's own words, in `language` or in the one that it has."""
    texts = {
        one.text.language: one
        for one in ClauseText.objects.filter(clause=clause).select_related("text")
    }
    found = texts.get(language) or next(iter(texts.values()), None)
    if found is None:
        return clause.number
    return "\n".join(part for part in (found.heading, found.body) if part)


def _measures(decision: Decision, effect: DecisionEffect, zone: ZoneInfo) -> tuple[str, ...]:
    """The action, what of the account it is about, how far, from when and how long."""
    said = [str(Action(decision.action).label)]
    if narrowed := _scope(decision):
        said.append(_("Only: %s") % narrowed)
    if decision.limits:
        said.append(limits.in_words(decision.limits))
    if decision.amount is not None:
        said.append(_("Put aside: CNY %s") % shown(decision.amount))
    if decision.action == Action.NAME_CANCELLATION:
        said += _of_names(decision)
    elif decision.order:
        said.append(
            _("The platform is to %(what)s: %(target)s")
            % {
                "what": ContentOrder.What(decision.order["what"]).label,
                "target": decision.order["target"],
            }
        )
    change = effect.change
    if change is not None:
        said.append(_("From: %s") % _moment(change.effective_at, zone))
        if change.ends_at is not None:
            said.append(_("Until: %s") % _moment(change.ends_at, zone))
        elif decision.action not in WITHOUT_TERM:
            said.append(_("Until further notice."))
    if replaced := superseding.in_words(decision):
        said.append(replaced)
    return tuple(said)


def _of_names(decision: Decision) -> list[str]:
    """The names that cannot stay, and how another one is chosen."""
    account = decision.account
    assert account is not None  # by a constraint of the table
    stand = names.standing(decision.order, account)
    return [
        *(f"{names.WHOSE[which]}: {name}" for which, name in stand.items()),
        _(
            "Unless another name is chosen before the moment below, on the page of the account "
            "or in the settings, we replace it by a neutral one."
        ),
    ]


def _scope(decision: Decision) -> str:
    keys = ApiKey.objects.filter(pk__in=decision.api_key_ids).order_by("pk")
    named = [decision.service, decision.model, decision.region]
    return listed([str(one) for one in named if one] + [str(key) for key in keys])


def _appeal(decision: Decision, until: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        _(
            "An owner or administrator of the account may appeal once, until %(until)s, with "
            "whatever shows that we are mistaken, at %(address)s"
        )
        % {"until": _moment(until, zone), "address": address_of(decision)},
        _(
            "Somebody who neither proposed nor approved this decision will decide, and tell "
            "you the outcome."
        ),
    )


def statement_in(decision: Decision, language: str) -> Statement | None:
    """The stored statement in `language`, or in the other one; None for a decision that has
    none."""
    found = {one.language: one for one in decision.statements.all()}
    return found.get(language) or next(iter(found.values()), None)
