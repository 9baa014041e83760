"""What stands on a certificate of notice, in either language, from its facts alone."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext_lazy

from common.messaging.providers import ReceiptState
from common.messaging import Verdict
from notices.certificate_facts import Facts
from notices.models import Channel, Failure, Phase, Resolution

Said = Mapping[str, Any]

STEPS: dict[str, str | Promise] = {
    "announced": gettext_lazy("announced in public"),
    "in_the_inbox": gettext_lazy("put in the inbox"),
    "read": gettext_lazy("opened by the recipient"),
    "attempt": gettext_lazy("about to be handed to the provider"),
    "outcome": gettext_lazy("the provider answered"),
    "bounce": gettext_lazy("came back"),
    "failure": gettext_lazy("failed for good"),
    "receipt": gettext_lazy("the provider reported"),
    "receipt_matched": gettext_lazy("the report was matched to the attempt"),
    "resolution": gettext_lazy("a doubt was settled"),
}
VERDICTS: dict[str, str | Promise] = {
    Verdict.ACCEPTED: pgettext_lazy("of a message", "accepted"),
    Verdict.REJECTED_FOR_GOOD: gettext_lazy("refused for good"),
    Verdict.REJECTED_FOR_NOW: gettext_lazy("refused for now"),
    Verdict.AMBIGUOUS: pgettext_lazy("of a message", "unknown"),
}
RECEIPTS: dict[str, str | Promise] = {
    ReceiptState.SENT: gettext_lazy("handed on to the carrier or mail server"),
    ReceiptState.DELAYED: gettext_lazy("delayed"),
    ReceiptState.DELIVERED: gettext_lazy("delivered"),
    ReceiptState.FAILED_FOR_NOW: gettext_lazy("not reached"),
    ReceiptState.FAILED_FOR_GOOD: gettext_lazy("failed for good"),
    ReceiptState.COMPLAINED: gettext_lazy("complained of"),
}


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
                    "heading": _("Text as sent") if place == 0 else _("Text as sent, shorter"),
                    "subject": text["subject"],
                    "lines": text["body"].splitlines(),
                    "sha256": text["sha256"],
                }
                for place, text in enumerate(document["texts"])
            ],
            "steps_heading": _("What happened"),
            "headings": [_("Our clock"), _("Provider’s clock"), _("Step"), _("Particulars")],
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
        (_("Number"), document["number"]),
        (_("Message"), document["notice"]),
        (_("Recipient"), document["recipient"]),
        (_("Accounts"), ", ".join(document["accounts"])),
        (_("About"), change["title_en"] if english else change["title_zh_hans"]),
        (_("Change"), f"{change['id']} · {Phase(change['phase']).label}"),
        (_("Clause"), change["clause"]),
        (_("Sealed by"), _moment(document["as_of"], zone)),
    ]


def _moment(written: str, zone: ZoneInfo) -> str:
    moment = datetime.fromisoformat(written.removesuffix("Z")).replace(tzinfo=UTC)
    local = moment.astimezone(zone)
    offset = f"{local:%z}"
    return f"{local:%Y-%m-%d %H:%M:%S}.{local:%f}"[:-3] + f" {offset[:3]}:{offset[3:]}"


def _step(step: Said, document: Said, zone: ZoneInfo) -> list[str]:
    said = step["said"]
    theirs = said.get("said_at")
    particulars = [line for line in _particulars(step["what"], said, document) if line]
    if step["sealed"] is None:
        particulars.append(_("recorded before such records were sealed"))
    return [
        _moment(step["at"], zone),
        _moment(theirs, zone) if theirs else "—",
        str(STEPS[step["what"]]),
        "\n".join(particulars),
    ]


def _particulars(what: str, said: Said, document: Said) -> list[str]:
    """Line by line; what is not known is left out."""
    lines: list[str] = []
    if what == "attempt" and "address" in said:
        lines.append(f"{Channel(said['channel']).label}: {said['address']}")
        lines.append(_("Text %s…") % said["text"][:16])
        lines.append(_template(said["template"], document))
    if "verdict" in said:
        lines.append(str(VERDICTS[said["verdict"]]))
    if what == "receipt":
        lines.append(str(RECEIPTS[said["state"]]))
    if what == "failure":
        lines.append(str(Failure.Cause(said["cause"]).label))
    if what == "resolution":
        lines.append(str(Resolution.Kind(said["kind"]).label))
    lines.append(said.get("reason", ""))
    if "provider" in said:
        lines.append(_("Provider: %s") % said["provider"])
    if what == "attempt":
        lines.append(_("Our reference: %s") % (said.get("repeats_id") or said["id"]))
    if said.get("provider_reference"):
        lines.append(_("Provider’s reference: %s") % said["provider_reference"])
    if what in ("announced", "in_the_inbox"):
        lines.append(said["public_id"])
    return lines


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
