"""One text message at once, such as a sign-in code: no delivery is kept of it."""

from collections.abc import Mapping

from common.messaging import configured
from common.messaging.providers import Message, Submission

SMS = "sms"


def send_text(
    to: str,
    text: str,
    *,
    template: str,
    params: Mapping[str, str] | None = None,
    reference: str,
) -> Submission:
    """Through the preferred provider. `to` is E.164; `template` names the text for providers
    that send none but those they approved, and `params` fill it."""
    message = Message(
        reference=reference, address=to, body=text, template=template, params=params or {}
    )
    return configured.preferred(SMS).send([message])[0]
