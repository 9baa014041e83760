"""What gateways read to decide by themselves: the feed's pages and the snapshot."""

from typing import Any

from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.enforcement_shapes import FeedAskedSerializer, FeedSerializer
from accounts.api.views import refusal
from accounts.enforcement import signing, snapshot, waiting
from accounts.exceptions import FeedIsGone
from accounts.models import ServiceClient
from common.api.problems import MEDIA_TYPE, problem

SIGNATURE = "Apiqik-Signature"
NDJSON = "application/x-ndjson"


class FeedView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.ENFORCEMENT_READ

    @extend_schema(
        operation_id="enforcement",
        summary=_("What has changed that gateways go by?"),
        description=_(
            "Scope: enforcement:read. Entries after the number “since”, in order and without a "
            "gap. Of entries with the same id the newest holds; “gone” takes all before it back. "
            "Where “through” equals “last”, the copy is complete as of “made_at”. With “wait” the "
            "answer waits that many seconds for the next entry. The header Apiqik-Signature holds "
            "t, the moment in Unix seconds as of which the page is complete, k, the key, and v1, "
            "HMAC-SHA256 of “t.” and the body. Another “feed” than before, and the answer 410: "
            "take a snapshot."
        ),
        parameters=[FeedAskedSerializer],
        responses={
            200: FeedSerializer,
            (410, MEDIA_TYPE): refusal("gone"),
        },
    )
    def get(self, request: Request) -> HttpResponse | Response:
        asked = FeedAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        try:
            page = waiting.page(
                since=values["since"],
                limit=values["limit"],
                seconds=values["wait"],
                give_back=_give_back_connection,
            )
        except FeedIsGone as refused:
            return problem(410, "gone", str(refused))
        return HttpResponse(
            page.body,
            content_type="application/json",
            headers={
                "Cache-Control": "no-store",
                SIGNATURE: signing.sign(page.body, moment=page.stamped),
            },
        )


class SnapshotView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.ENFORCEMENT_READ

    @extend_schema(
        operation_id="enforcement_snapshot",
        summary=_("All that gateways go by now"),
        description=_(
            "Scope: enforcement:read. Lines of JSON: the first says of which feed and through "
            "which number, the last holds the signature, and between them is "
            "every entry that is not gone. Signed is the SHA-256, in hexadecimal digits, of all "
            "lines before the last. Go on with the feed from “through”. With If-None-Match "
            "the answer is 304 while nothing has changed. Packed by gzip for who accepts it."
        ),
        responses={
            (200, NDJSON): OpenApiResponse(
                {"type": "string"}, description=_("lines of JSON, the last one signed")
            ),
            (304, NDJSON): OpenApiResponse(description=_("nothing has changed")),
        },
    )
    def get(self, request: Request) -> Any:
        unchanged = get_conditional_response(
            request._request, etag=snapshot.etag(), response=HttpResponse()
        )
        if unchanged is not None and unchanged.status_code == 304:
            return unchanged
        taken = snapshot.take()
        _give_back_connection()
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        response = StreamingHttpResponse(
            taken.chunks(unpack=not packed),
            content_type=NDJSON,
            headers={
                "Cache-Control": "no-cache",
                "ETag": taken.etag,
                "Vary": "Accept-Encoding",
            },
        )
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        return response


def _give_back_connection() -> None:
    """What comes now may last: the request's own connection is needed no more."""
    if not connection.in_atomic_block:
        connection.close()
