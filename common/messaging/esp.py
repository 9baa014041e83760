"""E-mail by one of the services that django-anymail knows: Postmark, Mailgun, SendGrid, Brevo, …

    {"class": "common.messaging.esp.Esp", "channel": "email",
     "secrets": ["server_token=new", "server_token=old"], "options": {"esp": "postmark"}}

A secret is written as the names and values that anymail has for the settings of that service,
several of them with a blank between; what is no secret stands under `options.settings`. What
the service posts is read by anymail. Its address carries a key (`keyed_addresses`); where a
service signs what it posts, that is checked as well.
"""

from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.base import AnymailCoreWebhookView
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIRequest
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string
from requests import ConnectTimeout
from urllib3.exceptions import NewConnectionError

from common.languages import html_language
from common.messaging import keyed_addresses
from common.messaging.mail import mail_address, message_id
from common.messaging.one_by_one import failed, send_each
from common.messaging.providers import (
    Config,
    Message,
    NotGenuine,
    Posted,
    Provider,
    Receipt,
    ReceiptState,
    Submission,
    Verdict,
)

TIMEOUT_SECONDS = 15
REFERENCE = "reference"
TAKEN = {"sent", "queued"}
REFUSED = {"rejected", "invalid", "failed"}
STATES = {
    EventType.SENT: ReceiptState.SENT,
    EventType.DEFERRED: ReceiptState.DELAYED,
    EventType.DELIVERED: ReceiptState.DELIVERED,
    EventType.COMPLAINED: ReceiptState.COMPLAINED,
}
GAVE_UP = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}
# Nothing that a later try would change.
FOR_GOOD = {RejectReason.INVALID, RejectReason.BOUNCED, RejectReason.BLOCKED, RejectReason.SPAM}
WRONG_SECRET = (401, 403)
ASK_AGAIN = (401, 403, 408, 429, 503)


class ServiceRefused(Exception):
    """Its answer, as it is kept."""


class Esp(Provider):
    has_keyed_address = True
    kept_headers = (
        "content-type",
        "x-twilio-email-event-webhook-signature",
        "x-twilio-email-event-webhook-timestamp",
        "x-postal-signature",
        "signature",
        "svix-id",
        "svix-timestamp",
        "svix-signature",
        "mt-signature",
    )

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._backends: list[Any] = []

    # -- sending ---------------------------------------------------------------------

    def send(self, batch: Sequence[Message]) -> list[Submission]:
        return send_each(batch, self._send_one)

    def close(self) -> None:
        for backend in self._backends:
            backend.close()
        self._backends = []

    def _opened(self) -> list[Any]:
        """A backend for each secret, its connections kept from one batch to the next."""
        if not self._backends:
            esp = self.config.options["esp"]
            adapter = import_string(f"anymail.backends.{esp}.EmailBackend")
            self._backends = [adapter(**self._settings(one)) for one in self.config.secrets or [""]]
            for backend in self._backends:
                backend.open()
        return self._backends

    def _settings(self, secret: str) -> dict[str, Any]:
        named = dict(pair.split("=", 1) for pair in secret.split() if "=" in pair)
        more = self.config.options.get("settings", {})
        return {"requests_timeout": TIMEOUT_SECONDS, **more, **named}

    def _send_one(self, message: Message) -> Submission:
        said = partial(failed, message)
        try:
            email = _email(message)
            self._hand_over(email)
        except AnymailAPIError as error:
            return said(_verdict(error), _without_secrets(error))
        except (ValueError, TypeError, ImproperlyConfigured) as error:
            return said(Verdict.REJECTED_FOR_GOOD, error)
        except AnymailError as error:  # each recipient was refused
            return said(Verdict.REJECTED_FOR_GOOD, _without_secrets(error))
        return _submission(message, email)

    def _hand_over(self, email: EmailMultiAlternatives) -> None:
        """By the new secret, or by the old one while the service does not know the new."""
        backends = self._opened()
        for number, backend in enumerate(backends, 1):
            try:
                backend.send_messages([email])
                return
            except AnymailAPIError as error:
                if error.status_code not in WRONG_SECRET or number == len(backends):
                    raise

    # -- receipts --------------------------------------------------------------------

    def verify(self, posted: Posted) -> None:
        keyed_addresses.demand(self.config, posted)
        problems = [_problem(view, posted) for view in self._views()]
        if all(problems):
            raise NotGenuine("The service itself did not sign this.")

    def parse_receipts(self, posted: Posted) -> list[Receipt]:
        [view, *_others] = self._views()
        try:
            events = view.parse_events(_request(posted))
        except AnymailError as error:
            raise NotGenuine("The service does not post such things.") from error
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise NotGenuine("This is no report of e-mail.") from error
        receipts = (_receipt(event) for event in events)
        return [one for one in receipts if one is not None]

    def _views(self) -> list[AnymailCoreWebhookView]:
        """What reads its posts, one for each secret it may have signed with."""
        module = import_module(f"anymail.webhooks.{self.config.options['esp']}")
        [adapter] = [
            found
            for name, found in vars(module).items()
            if name.endswith("TrackingWebhookView") and found.__module__ == module.__name__
        ]
        # Its own check of a password in the address is ours already, by a key.
        quiet = type(adapter.__name__, (adapter,), {"warn_if_no_basic_auth": False})
        return [quiet(**self._settings(one)) for one in self.config.secrets or [""]]


def _email(message: Message) -> Any:
    """Raises `ValueError` for an address that no server takes."""
    email: Any = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=message.body,
        to=[mail_address(message.address)],
        headers={
            "Message-ID": f"<{message_id(message.reference)}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": html_language(message.language),
        },
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    email.metadata = {REFERENCE: message.reference}
    email.track_opens = email.track_clicks = None  # whatever the service does anyway
    return email


def _submission(message: Message, email: Any) -> Submission:
    status = email.anymail_status
    words = status.status or set()
    verdict = Verdict.AMBIGUOUS
    if words <= TAKEN and words:
        verdict = Verdict.ACCEPTED
    elif words <= REFUSED and words:
        verdict = Verdict.REJECTED_FOR_GOOD
    ids = status.message_id if isinstance(status.message_id, str) else ""
    return Submission(
        reference=message.reference,
        verdict=verdict,
        provider_reference=ids[:200],
        answer={"status": sorted(map(str, words)), "id": ids[:200]},
    )


def _verdict(error: AnymailAPIError) -> Verdict:
    status = error.status_code
    if status is None:
        return Verdict.AMBIGUOUS if _can_have_arrived(error) else Verdict.REJECTED_FOR_NOW
    if status in ASK_AGAIN:
        return Verdict.REJECTED_FOR_NOW
    return Verdict.REJECTED_FOR_GOOD if 400 <= status < 500 else Verdict.AMBIGUOUS


def _can_have_arrived(error: BaseException) -> bool:
    """False only when no connection was made."""
    beneath: BaseException | None = error
    while beneath is not None:
        reason = getattr(beneath.args[0] if beneath.args else None, "reason", None)
        if isinstance(beneath, ConnectTimeout) or isinstance(reason, NewConnectionError):
            return False
        beneath = beneath.__cause__ or beneath.__context__
    return True


def _without_secrets(error: AnymailError) -> Exception:
    """Anymail shows the whole request; the service's answer is what is kept."""
    response = getattr(error, "response", None)
    words = f"{error.status_code}: {response.text[:400]}" if response is not None else ""
    return ServiceRefused(words or str(error.args[:1])[:200])


def _problem(view: AnymailCoreWebhookView, posted: Posted) -> str:
    """Why the service's own signature does not hold; empty if it does or there is none."""
    try:
        view.run_validators(_request(posted))
    except AnymailWebhookValidationFailure as error:
        return str(error) or "refused"
    return ""


def _request(posted: Posted) -> WSGIRequest:
    """What was posted, as Django would have read it."""
    headers = {f"HTTP_{n.upper().replace('-', '_')}": v for n, v in posted.headers.items()}
    return WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "SERVER_NAME": "receipts",
            "SERVER_PORT": "443",
            "wsgi.url_scheme": "https",
            "CONTENT_TYPE": posted.headers.get("content-type", "application/json"),
            "CONTENT_LENGTH": str(len(posted.body)),
            "wsgi.input": BytesIO(posted.body),
            **headers,
        }
    )


def _receipt(event: AnymailTrackingEvent) -> Receipt | None:
    """None for what says nothing of an arrival, such as that a mail was opened."""
    state = STATES.get(event.event_type)
    if event.event_type in GAVE_UP:
        for_good = event.reject_reason in FOR_GOOD
        state = ReceiptState.FAILED_FOR_GOOD if for_good else ReceiptState.FAILED_FOR_NOW
    if state is None:
        return None
    detail = {
        "reason": _clean(event.reject_reason),
        "description": _clean(event.description),
        "response": _clean(event.mta_response),
    }
    return Receipt(
        key=_key(event, state),
        state=state,
        reference=_clean((event.metadata or {}).get(REFERENCE)),
        provider_reference=_clean(event.message_id)[:200],
        address=_clean(event.recipient)[:254],
        at=event.timestamp,
        detail={name: value for name, value in detail.items() if value},
    )


def _key(event: AnymailTrackingEvent, state: ReceiptState) -> str:
    parts = (event.event_id, event.message_id, event.recipient, state, event.timestamp)
    return sha256("\n".join(map(str, parts)).encode(errors="replace")).hexdigest()


def _clean(value: Any) -> str:
    return str(value or "").encode(errors="replace").decode().replace("\x00", "")[:500]
