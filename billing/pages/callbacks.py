"""Where payment providers post what they have to say. No session, no form, no person."""

from typing import Any

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.models import PaymentEventOutcome
from billing.payments import events, providers
from billing.payments.providers import MOST_BYTES
from common.exceptions import NotRegistered

log = structlog.get_logger(__name__)

RETRY_SECONDS = "30"


@csrf_exempt
@require_POST
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """200 only once everything is committed; 400 for what the provider did not sign, 413 for
    what is too long, 503 while the database is away, so that it is sent again."""
    try:
        adapter = providers.get(provider)
    except NotRegistered:
        return HttpResponse(status=404)
    body = _body(request)
    if body is None:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        outcome = events.take_callback(provider=adapter, headers=headers, body=body)
    except DatabaseError as error:
        # Without its text: it quotes the row.
        log.error("callback_not_taken", provider=provider, error=type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": RETRY_SECONDS})
    if outcome.verdict == PaymentEventOutcome.Verdict.REFUSED:
        return HttpResponse(status=400)
    answer = adapter.accepted
    return HttpResponse(answer.body, content_type=answer.content_type)


def _body(request: Any) -> bytes | None:
    """The body; None if it is longer than any callback. Not read when it says so itself."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return None
    except ValueError:
        return None
    body: bytes = request.read(MOST_BYTES + 1)
    return body if len(body) <= MOST_BYTES else None
