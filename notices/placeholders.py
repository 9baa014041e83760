"""What the placeholders of texts stand for.

Most are the same for everybody who reads one language in one time zone. Three are each
person's own: their name and their accounts. The database fills those in, for thousands
of people in one statement (`notices.expansion`), so texts are prepared in two steps.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import Account
from common.changes import kinds_of_change, label_of
from common.languages import listed
from notices.models import ServiceChange

# Long lists of names make a letter unreadable and an SMS expensive.
NAMED_ACCOUNTS = 50

OWN = ("name", "accounts", "account_count")
"""Each person's own, in the order of their numbers in a form (`notices.rendering`)."""

PLACEHOLDERS = frozenset(
    {
        *OWN,
        "kind",
        "title",
        "reason",
        "service",
        "scope",
        "limits",
        "version",
        "clause",
        "document",
        "effective",
        "was",
        "until",
        "replaces",
        "change",
        "url",
    }
)


def format_moment(moment: datetime, *, language: str, zone: str) -> str:
    """`2026年11月30日 00:00（Asia/Shanghai）` or `30 November 2026, 00:00 (Asia/Shanghai)`."""
    local = moment.astimezone(ZoneInfo(zone))
    with override(language):
        if language == "en":
            return f"{dateformat.format(local, 'j F Y, H:i')} ({zone})"
        return f"{dateformat.format(local, 'Y年n月j日 H:i')}（{zone}）"


def and_more(language: str) -> str:
    """The line after the last account named; `%s` stands for the number of the rest."""
    stand_in = 987_654_321  # a number that the words around it do not hold
    with override(language):
        words = _("- and %(count)d more, listed on the page below") % {"count": stand_in}
    return words.replace("%", "%%").replace(str(stand_in), "%s")


def list_of(accounts: Sequence[Account], *, language: str) -> str:
    """The accounts a message is about, one a line."""
    named = [f"- {account} ({account.public_id})" for account in accounts[:NAMED_ACCOUNTS]]
    if len(accounts) > NAMED_ACCOUNTS:
        named.append(and_more(language) % (len(accounts) - NAMED_ACCOUNTS))
    return "\n".join(named)


def own_values(*, name: str, accounts: Sequence[Account], language: str) -> dict[str, str]:
    """What is each person's own, as the database puts it together too."""
    return {
        "name": name,
        "accounts": list_of(accounts, language=language),
        "account_count": str(len(accounts)),
    }


def scope_of(change: ServiceChange, *, language: str) -> str:
    """What the change is narrowed to besides its service, in words; empty without."""
    parts = []
    if change.model:
        parts.append(_("model %s") % change.model)
    if change.region:
        parts.append(_("region %s") % change.region.name_in(language))
    keys = change.concerned_keys.count() if change.pk else 0
    if keys:
        parts.append(ngettext("%d API key", "%d API keys", keys) % (keys,))
    return listed(parts)


def limits_of(change: ServiceChange) -> str:
    """The limits in words: `requests per minute: 60`, in the page's language."""
    labels = kinds_of_change.get(change.kind).metrics if change.kind in kinds_of_change else {}
    return listed(
        _("%(metric)s: %(most)s")
        % {
            "metric": labels.get(metric, metric),
            "most": f"{most:,}",  # Django groups no digits in Chinese
        }
        for metric, most in sorted(change.limits.items())
    )


def version_of(change: ServiceChange) -> str:
    """The agreement version in words, in the page's language; empty without."""
    version = change.agreement_version
    if version is None:
        return ""
    return _("%(document)s, version %(number)s") % {
        "document": version.document,
        "number": version.number,
    }


def common_values(
    change: ServiceChange,
    *,
    language: str,
    zone: str,
    effective: datetime | None = None,
    was: datetime | None = None,
) -> dict[str, str]:
    """What is the same for everybody with that language and time zone.

    `effective` is the planned moment if not the change's own, `was` the one before.
    """
    planned = effective or change.planned_for
    with override(language):
        return {
            "kind": label_of(change.kind),
            "title": change.title_in(language),
            "reason": change.reason_in(language),
            "service": (change.service.name_in(language) if change.service else _("every service")),
            "scope": scope_of(change, language=language),
            "limits": limits_of(change),
            "version": version_of(change),
            "clause": change.clause.number,
            "document": str(change.clause.version.document),
            "effective": format_moment(planned, language=language, zone=zone),
            "was": format_moment(was or planned, language=language, zone=zone),
            "until": (
                _("until %(moment)s")
                % {"moment": format_moment(change.ends_at, language=language, zone=zone)}
                if change.ends_at
                else _("until further notice")
            ),
            "replaces": (
                _("This replaces our notice %(change)s.") % {"change": change.corrects.public_id}
                if change.corrects
                else ""
            ),
            "change": change.public_id,
            "url": settings.SITE_URL.rstrip("/") + reverse("inbox"),
        }


def values(
    change: ServiceChange,
    *,
    language: str,
    zone: str,
    name: str = "",
    accounts: Sequence[Account] = (),
    effective: datetime | None = None,
    was: datetime | None = None,
) -> Mapping[str, str]:
    """What every placeholder stands for, in `language`, moments in the time zone `zone`."""
    return {
        **common_values(change, language=language, zone=zone, effective=effective, was=was),
        **own_values(name=name, accounts=accounts, language=language),
    }
