"""Where payment providers post what they have to say. No session, no form, no person."""

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.models import PaymentEventOutcome
from billing.payments import events, providers
from billing.payments.providers import MOST_BYTES
from common.exceptions import NotRegistered
from common.posted_bodies import read_at_most

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
    body = read_at_most(request, MOST_BYTES)
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
