"""What gateways ask and report: may this be used now, and what has been used."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import uses
from accounts.access import decide_for_account, decide_for_key, decide_for_organization
from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.reports import lines_of
from accounts.api.serializers import (
    AccessDecisionSerializer,
    AccessQuestionSerializer,
    ProblemSerializer,
    UsesSerializer,
    VerdictsSerializer,
    question_in,
)
from accounts.models import ServiceClient
from accounts.uses import Verdict
from common import clock
from common.api.bodies import BoundedJSONParser
from common.api.problems import MEDIA_TYPE, TITLES


def refusal(code: str) -> OpenApiResponse:
    # In the language of whoever reads the document, not of whoever loads this first.
    return OpenApiResponse(ProblemSerializer, description=TITLES[code])


class AccessView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.ACCESS_READ

    @extend_schema(
        operation_id="access",
        summary=_("May this key, account or organization use this service now?"),
        description=_(
            "Scope: access:read. The answer to every well-formed question is 200 with a "
            "decision; an unknown key, account, service, model or region is denied. “limit” "
            "allows up to the limits that the answer names. Treat anything else than 200 with "
            "“allow” or “limit” as denied; of those denied, output_blocked withholds what models "
            "make and nothing else. Without a model or region the answer leaves out what holds "
            "for single ones. An answer may be gone by until “max_staleness” seconds after "
            "“decided_at”, and not beyond its “until”; ask for each call where you can."
        ),
        parameters=[AccessQuestionSerializer],
        responses={
            200: AccessDecisionSerializer,
            (400, MEDIA_TYPE): refusal("invalid"),
            (401, MEDIA_TYPE): refusal("unauthenticated"),
            (403, MEDIA_TYPE): refusal("forbidden"),
            (503, MEDIA_TYPE): refusal("unavailable"),
        },
    )
    def get(self, request: Request) -> Response:
        # Of the same moment as the token's being live.
        client: Any = request.user
        asked, at = question_in(request.query_params), client.shown_at
        what: dict[str, Any] = {
            "service": asked["service"],
            "model": asked.get("model"),
            "region": asked.get("region"),
        }
        if "account" in asked:
            decision = decide_for_account(public_id=asked["account"], **what, at=at)
        elif "organization" in asked:
            decision = decide_for_organization(public_id=asked["organization"], **what, at=at)
        else:
            decision = decide_for_key(digest=asked["key_digest"], **what, at=at)
        body = AccessDecisionSerializer.answer(decision, asked=asked, at=at)
        return Response(body, headers={"Cache-Control": "no-store"})


class UsesView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [BoundedJSONParser]
    required_scope = ServiceClient.Scope.USES_WRITE

    @extend_schema(
        operation_id="uses",
        summary=_("Report which services accounts have used"),
        description=_(
            "Scope: uses:write. Up to 10,000 lines at a time, one for each account, service "
            "and region at most is enough. Every line has its own verdict; lines that are "
            "refused do not hold up the others. Sent again, a report changes nothing."
        ),
        request=UsesSerializer,
        responses={
            200: VerdictsSerializer,
            (400, MEDIA_TYPE): refusal("invalid"),
            (401, MEDIA_TYPE): refusal("unauthenticated"),
            (403, MEDIA_TYPE): refusal("forbidden"),
            (503, MEDIA_TYPE): refusal("unavailable"),
        },
    )
    def post(self, request: Request) -> Response:
        verdicts = uses.record(lines=lines_of(request.data), at=clock.now())
        recorded = verdicts.count(Verdict.RECORDED)
        body = VerdictsSerializer(
            {
                "recorded": recorded,
                "refused": len(verdicts) - recorded,
                "verdicts": verdicts,
            }
        ).data
        return Response(body, headers={"Cache-Control": "no-store"})
