"""Where providers of messages post their receipts. No session, no form, no person."""

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from common.clock import now
from common.exceptions import NotRegistered
from common.messaging import configured
from common.messaging.providers import MOST_BYTES, NotGenuine, Posted
from common.posted_bodies import read_at_most
from notices import receipts

log = structlog.get_logger(__name__)

RETRY_SECONDS = "30"


@csrf_exempt
@require_POST
def take(request: HttpRequest, provider: str) -> HttpResponse:
    """200 only once everything is committed, what nobody could read too; 403 for what the
    provider did not sign, 413 for what is too long, 503 while the database is away, so that
    it is sent again."""
    try:
        adapter = configured.get(provider)
    except NotRegistered:
        return HttpResponse(status=404)
    body = read_at_most(request, MOST_BYTES)
    if body is None:
        return HttpResponse(status=413)
    there = {name.lower(): value for name, value in request.headers.items()}
    kept = {name: there[name] for name in adapter.kept_headers if name in there}
    try:
        posted = Posted(body=body, headers=kept, key=request.GET.get("key", ""))
        receipts.take_in(provider, posted, at=now())
    except NotGenuine:
        log.warning("receipts_refused", provider=provider)
        return HttpResponse(status=403)
    except DatabaseError as error:
        # Without its text: it quotes the row.
        log.error("receipts_not_taken", provider=provider, error=type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": RETRY_SECONDS})
    text, content_type = adapter.receipts_answer
    return HttpResponse(text, content_type=content_type)
