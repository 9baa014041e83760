"""What happened to a message, step by step, in words: for staff's page and on paper."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.messaging import ReceiptState, Verdict
from notices.models import Channel, Failure, Resolution

Said = Mapping[str, Any]

STEPS: dict[str, str | Promise] = {
    "announced": gettext_lazy("announced in public"),
    "page_published": gettext_lazy("the page of the announcement, as published"),
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
    Verdict.ACCEPTED: gettext_lazy("accepted"),
    Verdict.REJECTED_FOR_GOOD: gettext_lazy("refused for good"),
    Verdict.REJECTED_FOR_NOW: gettext_lazy("refused for now"),
    Verdict.AMBIGUOUS: gettext_lazy("unknown"),
}
RECEIPTS: dict[str, str | Promise] = {
    ReceiptState.SENT: gettext_lazy("handed on to the carrier or mail server"),
    ReceiptState.DELAYED: gettext_lazy("delayed"),
    ReceiptState.DELIVERED: gettext_lazy("delivered"),
    ReceiptState.FAILED_FOR_NOW: gettext_lazy("not reached"),
    ReceiptState.FAILED_FOR_GOOD: gettext_lazy("failed for good"),
    ReceiptState.COMPLAINED: gettext_lazy("complained of"),
}


def particulars(what: str, said: Said) -> list[str]:
    """What a record says of a step, line by line; `said` are its columns by name, and what is
    not known is left out."""
    lines: list[str] = []
    if what == "attempt" and "address" in said:
        lines.append(
            _("%(channel)s: %(address)s")
            % {"channel": Channel(said["channel"]).label, "address": said["address"]}
        )
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
        lines.append(_("Reference of the provider: %s") % said["provider_reference"])
    if what == "page_published":
        lines.append(f"SHA-256 {said['sha256']}")
    if what in ("announced", "in_the_inbox"):
        lines.append(said["public_id"])
    return [line for line in lines if line]
