"""The gateway's question: may this key or account use this service now?"""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import decide_for_account, decide_for_key
from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.serializers import (
    AccessDecisionSerializer,
    AccessQuestionSerializer,
    ProblemSerializer,
)
from accounts.models import ServiceClient
from common import clock
from common.api.problems import MEDIA_TYPE, TITLES


def refusal(code: str) -> OpenApiResponse:
    return OpenApiResponse(ProblemSerializer, description=str(TITLES[code]))


class AccessView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.ACCESS_READ

    @extend_schema(
        operation_id="access",
        summary=_("May this key or account use this service now?"),
        description=_(
            "Scope: access:read. The answer to every well-formed question is 200 with a "
            "decision; an unknown key, account or service is denied. Treat anything else "
            "than 200 with “allow” as denied. Answers must not be cached: they change at "
            "the second a notice announced."
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
        question = AccessQuestionSerializer(data=request.query_params)
        question.is_valid(raise_exception=True)
        asked, at = question.validated_data, clock.now()
        if "account" in asked:
            decision = decide_for_account(
                public_id=asked["account"], service=asked["service"], at=at
            )
        else:
            decision = decide_for_key(digest=asked["key_digest"], service=asked["service"], at=at)
        body = AccessDecisionSerializer.answer(decision, service=asked["service"], at=at)
        return Response(body, headers={"Cache-Control": "no-store"})
