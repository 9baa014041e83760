"""What of notices is sealed, and what is not and why, see docs/seals.md."""

from common.seals.registry import Children, SealedTable
from common.seals.registry import register as declare


def _text(name: str, of: str) -> Children:
    """The text that the row names, by a hash of what it says now."""
    return Children(
        name=name,
        model="notices.renderedbody",
        parent="sha256",
        of=of,
        hashed=("subject", "body"),
    )


NOTICES = SealedTable(
    name="notices.notice",
    children=(
        Children(
            name="accounts",
            model="notices.noticeaccount",
            parent="notice_id",
            left_out={"notice_id": "the notice that it is written in"},
        ),
        _text("text", "body_id"),
    ),
)
ANNOUNCEMENTS = SealedTable(
    name="notices.announcement",
    children=(_text("chinese", "body_zh_hans_id"), _text("english", "body_en_id")),
)
# A text is sealed as salted hashes: it may speak of a person.
TEXTS = SealedTable(name="notices.renderedbody", key="number", personal=("subject", "body"))
# With what was to be sent where: of the delivery what nobody may change.
ATTEMPTS = SealedTable(
    name="notices.attempt",
    key="number",
    personal=("params", "delivery.address"),
    children=(
        Children(
            name="delivery",
            model="notices.delivery",
            parent="id",
            of="delivery_id",
            only=("id", "notice_id", "channel", "template_id", "body_id"),
        ),
    ),
)
# With the attempt, which those from before are sealed by.
OUTCOMES = SealedTable(
    name="notices.outcome",
    personal=("answer",),
    children=(Children(name="attempt", model="notices.attempt", parent="id", of="attempt_id"),),
)
PERSONAL = {
    "bounce": ("answer",),
    "suppression": ("address", "reason"),
    "certificateissue": ("reason",),
    "letter": ("masked", "address_mark", "subject", "body", "sms"),
    "postedreceipts": ("headers", "body"),
    "receipt": ("detail",),
    "resolution": ("answer", "reason"),
}
WHOLE = (
    "announcementpage",
    "approval",
    "exemption",
    "expansion",
    "failure",
    "leadpolicy",
    "letterreading",
    "liftingorder",
    "postponedaccount",
    "postponement",
    "proposal",
    "reading",
    "receiptmatch",
    "rejection",
    "suppressionlifting",
    "template",
    "withdrawal",
)
UNSEALED = {
    "notices.alarm": "says that staff were told of gates at risk; proves nothing",
    "notices.expansionbatch": "how far the work had come; the notices are sealed",
    "notices.expansioncompletion": "how far the work had come; the notices are sealed",
    "notices.noticeaccount": "sealed with its notice, which is written together with it",
    "notices.killswitch": "how sending was steered; what was sent is sealed",
    "notices.killswitchlifting": "how sending was steered; what was sent is sealed",
    "notices.providershift": "how sending was steered; what was sent is sealed",
    "notices.routingalarm": "says that staff were told of what comes back or waits; proves nothing",
    "notices.selection": "how far accounts were looked up; the notices are sealed",
    "notices.testoutcome": "of a text that staff sent to themselves, no notice to anybody",
    "notices.testsend": "a text that staff sent to themselves, no notice to anybody",
}


def register() -> None:
    apart = (SealedTable(name=f"notices.{name}", personal=its) for name, its in PERSONAL.items())
    whole = (SealedTable(name=f"notices.{name}") for name in WHOLE)
    declare((NOTICES, ANNOUNCEMENTS, TEXTS, ATTEMPTS, OUTCOMES, *apart, *whole), UNSEALED)
