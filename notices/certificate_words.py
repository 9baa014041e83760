"""What stands on a certificate of notice, in either language, from its facts alone."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import override

from common.languages import listed
from notices.certificate_facts import Facts
from notices.delivery_words import STEPS, Said, particulars
from notices.models import Channel, Phase


def contents_of(facts: Facts, *, language: str) -> dict[str, Any]:
    """For `letterhead/certificate.typ`: text only."""
    english = language.startswith("en")
    with override(language):
        document = facts.document
        zone = ZoneInfo(document["time_zone"])
        return {
            "lang": "en" if english else "zh",
            "region": None if english else "CN",
            "title": _("Certificate of notice"),
            "number": document["number"],
            "page": _("Page"),
            "attached": _("The facts of this certificate, as data"),
            "facts": _facts(document, zone, english=english),
            "texts": [
                {
                    "heading": _("Text: %s") % _told_by(text["sha256"], document),
                    "subject": text["subject"],
                    "lines": text["body"].splitlines(),
                    "sha256": text["sha256"],
                }
                for text in document["texts"]
            ],
            "steps_heading": _("What happened"),
            "headings": [_("Our clock"), _("Clock of the provider"), _("Step"), _("Particulars")],
            "steps": [_step(one, document, zone) for one in document["steps"]],
            "clocks": _("Moments are of the time zone %s, to the millisecond.") % zone.key,
            "seals_heading": _("Proof by seal"),
            "seals": _seals(),
            "block_headings": [_("Block"), _("Records"), _("Hash and key")],
            "blocks": [_block(number, document) for number in sorted(document["blocks"], key=int)],
        }


def _facts(document: Said, zone: ZoneInfo, *, english: bool) -> list[tuple[str, str]]:
    change = document["change"]
    return [
        (_("Certificate no."), document["number"]),
        (_("Message"), document["notice"]),
        (_("Recipient"), document["recipient"]),
        (_("Accounts"), ", ".join(document["accounts"])),
        (_("Title of the change"), change["title_en"] if english else change["title_zh_hans"]),
        (_("Change"), f"{change['id']} · {Phase(change['phase']).label}"),
        (_("Clause"), change["clause"]),
        (_("Sealed by"), _moment(document["as_of"], zone)),
    ]


def _told_by(text: str, document: Said) -> str:
    """The channels that said it."""
    channels = [Channel.INBOX.value] if text == document["text"] else []
    said = [step["said"] for step in document["steps"] if step["what"] == "attempt"]
    channels += sorted({one["channel"] for one in said if one.get("text") == text})
    return listed(str(Channel(one).label) for one in channels)


def _moment(written: str, zone: ZoneInfo) -> str:
    moment = datetime.fromisoformat(written.removesuffix("Z")).replace(tzinfo=UTC)
    local = moment.astimezone(zone)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S}.{local:%f}"[:-3] + f" {offset[:3]}:{offset[3:]}"


def _step(step: Said, document: Said, zone: ZoneInfo) -> list[str]:
    said = step["said"]
    theirs = said.get("said_at")
    lines = particulars(step["what"], said)
    if "text" in said:
        lines.append(_("Text %s…") % said["text"][:16])
        lines.append(_template(said["template"], document))
    if step["sealed"] is None:
        lines.append(_("recorded before such records were sealed"))
    return [
        _moment(step["at"], zone),
        _moment(theirs, zone) if theirs else "—",
        str(STEPS[step["what"]]),
        "\n".join(lines),
    ]


def _template(number: int | str, document: Said) -> str:
    for one in document["sealed"]:
        if one["table"] == "notices.template" and one["number"] == str(number):
            row = json.loads(one["row"])
            return _("Template %(number)s, version %(version)s") % {
                "number": number,
                "version": row["version"],
            }
    return _("Template %s") % number


def _seals() -> list[str]:
    return [
        _(
            "Each step above is a record of our database that nobody can change unseen: within a "
            "minute it stood in a block, of which the Merkle root is in a header that names the "
            "block before it and is signed with Ed25519. The hash of each block is also kept "
            "outside the database."
        ),
        _(
            "Attached to this PDF is notice.json with the records as they were sealed, the way "
            "from each to the root of its block, the signed headers, and the salts of personal "
            "fields. docs/check_certificate.py checks all of that with Python and the package "
            "cryptography, without anything of ours installed."
        ),
    ]


def _block(number: str, document: Said) -> list[str]:
    block = document["blocks"][number]
    header = block["header"]
    records = [one["table"] for one in document["sealed"] if one["block"] == number]
    return [number, f"{header['table']} × {len(records)}", f"{block['hash']}\n{header['key']}"]
