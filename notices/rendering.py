"""From a template and a person's circumstances to the text they get.

Templates use `${placeholder}`s and nothing more: no logic, no attribute access, so a
text edited by staff can neither fail half-way nor reach anything but these values.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Template as Placeholders
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account
from common.languages import listed
from notices.exceptions import TemplateIsBroken
from notices.models import RenderedBody, ServiceChange, Template

# Long lists of names make a letter unreadable and an SMS expensive.
NAMED_ACCOUNTS = 50

LEADING_SERVICE = re.compile(r"^\$\{service\}", re.MULTILINE)

PLACEHOLDERS = frozenset(
    {
        "name",
        "accounts",
        "account_count",
        "title",
        "reason",
        "service",
        "clause",
        "document",
        "effective",
        "until",
        "change",
        "url",
    }
)


@dataclass(frozen=True)
class Rendered:
    """A subject and a text, ready to be kept and sent."""

    subject: str
    body: str

    @property
    def sha256(self) -> str:
        """Over the UTF-8 of subject, a newline and body, in hex."""
        return hashlib.sha256(f"{self.subject}\n{self.body}".encode()).hexdigest()


def format_moment(moment: datetime, *, language: str, zone: str) -> str:
    """`2026年11月30日 00:00（Asia/Shanghai）` or `30 November 2026, 00:00 (Asia/Shanghai)`."""
    local = moment.astimezone(ZoneInfo(zone))
    with override(language):
        if language == "en":
            return f"{dateformat.format(local, 'j F Y, H:i')} ({zone})"
        return f"{dateformat.format(local, 'Y年n月j日 H:i')}（{zone}）"


def values(
    change: ServiceChange,
    *,
    language: str,
    zone: str,
    name: str = "",
    accounts: Sequence[Account] = (),
) -> dict[str, str]:
    """What the placeholders stand for, in `language`, moments in the time zone `zone`."""
    with override(language):
        named = [f"- {account} ({account.public_id})" for account in accounts[:NAMED_ACCOUNTS]]
        if len(accounts) > NAMED_ACCOUNTS:
            more = len(accounts) - NAMED_ACCOUNTS
            named.append(_("- and %(count)d more, listed on the page below") % {"count": more})
        return {
            "name": name,
            "accounts": "\n".join(named),
            "account_count": str(len(accounts)),
            "title": change.title_in(language),
            "reason": change.reason_in(language),
            "service": (change.service.name_in(language) if change.service else _("every service")),
            "clause": change.clause.number,
            "document": str(change.clause.version.document),
            "effective": format_moment(change.effective_at, language=language, zone=zone),
            "until": (
                _("until %(moment)s")
                % {"moment": format_moment(change.ends_at, language=language, zone=zone)}
                if change.ends_at
                else _("until further notice")
            ),
            "change": change.public_id,
            "url": settings.SITE_URL.rstrip("/") + reverse("inbox"),
        }


def check_placeholders(text: str) -> None:
    """Raises `TemplateIsBroken` for a placeholder that does not exist or a stray `$`."""
    placeholders = Placeholders(text)
    if not placeholders.is_valid():
        raise TemplateIsBroken(_("The text has a “$” that begins no placeholder. Write “$$”."))
    unknown = sorted(set(placeholders.get_identifiers()) - PLACEHOLDERS)
    if unknown:
        raise TemplateIsBroken(
            _("The text names placeholders that do not exist: %(names)s.")
            % {"names": listed(unknown)}
        )


def _fill(text: str, given: Mapping[str, str]) -> str:
    # A service that begins a line begins a sentence: “Every service is now suspended”.
    service = given.get("service", "")
    capital = {**given, "Service": service[:1].upper() + service[1:]}
    return Placeholders(LEADING_SERVICE.sub("${Service}", text)).substitute(capital)


def render(template: Template, given: Mapping[str, str]) -> Rendered:
    """Fills the template. Raises `TemplateIsBroken`."""
    try:
        return Rendered(
            # One line: a break in a title would make it no header at all.
            subject=" ".join(_fill(template.subject, given).split())[:200],
            body=_fill(template.body, given),
        )
    except (KeyError, ValueError) as error:
        raise TemplateIsBroken(
            _("The template “%(template)s” cannot be filled: %(problem)s.")
            % {"template": template, "problem": error}
        ) from None


def keep(texts: Iterable[Rendered]) -> None:
    """Stores each text once; one that is stored already stays as it is."""
    RenderedBody.objects.bulk_create(
        [
            RenderedBody(sha256=sha256, subject=text.subject, body=text.body)
            for sha256, text in {text.sha256: text for text in texts}.items()
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
