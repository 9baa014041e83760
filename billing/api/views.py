"""What the platform's rating reports: usage to be charged."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.models import ServiceClient
from billing import rated_lines
from billing.api.lines import lines_of
from billing.api.serializers import ChargesSerializer, ChargeVerdictsSerializer
from common.api.bodies import BoundedJSONParser


class ChargesParser(BoundedJSONParser):
    """Ten thousand lines of 800 characters each."""

    most = 8 * 1024 * 1024


class ChargesView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [ChargesParser]
    required_scope = ServiceClient.Scope.CHARGES_WRITE

    @extend_schema(
        operation_id="charges",
        summary=_("Charge rated usage to accounts"),
        description=_(
            "Scope: charges:write. Up to 10,000 lines and 8 MiB at a time. Every line has its own "
            "verdict: accepted, known (sent before, exactly so), key_taken (its key was used for "
            "something else), not_enough (more than the account can spend; takes nothing and may "
            "be sent again), or why it cannot be charged. Lines that are refused do not hold up "
            "the others. Send a batch again after any error or silence: no key is charged twice. "
            "Amounts are exact; the ledger takes whole micro-yuan of each account's sum, so that "
            "it is never off by more than half of one. Use from more than five minutes ahead or "
            "400 days ago is refused."
        ),
        request=ChargesSerializer,
        responses={
            200: ChargeVerdictsSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        client: Any = request.user
        outcomes = rated_lines.charge(
            lines=lines_of(request.data), at=client.shown_at, client=client.pk
        )
        body = ChargeVerdictsSerializer.answer(outcomes)
        return Response(body, headers={"Cache-Control": "no-store"})
