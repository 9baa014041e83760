"""Sending text messages, by the pattern of `django.core.mail`.

`SMS_URL` names the transport and its place, as `EMAIL_URL` does for e-mail:
`https://token@host/path` posts messages to a gateway, `file:///path` writes them to
files, `memory://` keeps them for tests. A transport
is a class in `common.sms.transports`, looked up by the scheme of the address.
"""

from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

from common.sms.transports.base import Submission, TextMessage, Transport, Verdict

__all__ = [
    "Submission",
    "TextMessage",
    "Transport",
    "Verdict",
    "get_transport",
    "send_text",
]

TRANSPORTS = {
    "file": "common.sms.transports.file.FileTransport",
    "http": "common.sms.transports.http.HttpTransport",
    "https": "common.sms.transports.http.HttpTransport",
    "memory": "common.sms.transports.memory.MemoryTransport",
}


def get_transport(url: str | None = None) -> Transport:
    """The transport of `url`, or of `SMS_URL`. Raises `ValueError` for an unknown scheme."""
    address: SplitResult = urlsplit(url or settings.SMS_URL)
    try:
        path = TRANSPORTS[address.scheme]
    except KeyError:
        raise ValueError(f"SMS_URL: no transport is called “{address.scheme}”.") from None
    transport: Transport = import_string(path)(address)
    return transport


def send_text(
    to: str,
    text: str,
    *,
    template: str,
    params: dict[str, str] | None = None,
    reference: str,
) -> Submission:
    """Sends one message at once, such as a sign-in code. `to` is E.164."""
    message = TextMessage(
        to=to, text=text, template=template, params=params or {}, reference=reference
    )
    return get_transport().send([message])[0]
