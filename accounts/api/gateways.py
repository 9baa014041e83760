"""What gateways report: up to which number of the feed they have applied everything."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.views import refusal
from accounts.enforcement import applied
from accounts.exceptions import FeedIsGone, NotGivenYet
from accounts.models import ServiceClient
from accounts.models.gateways import LONGEST_NAME
from common import clock
from common.api.bodies import BoundedJSONParser
from common.api.declared import Declared, IdentifierField, WholeNumberField, shaped
from common.api.problems import MEDIA_TYPE, problem

LARGEST = 2**63 - 1


class SmallJSONParser(BoundedJSONParser):
    most = 10_000


class AppliedSerializer(Declared):
    """What a gateway says. Nothing else."""

    gateway = shaped(
        re.compile(r"[-a-zA-Z0-9_.]+"),
        max_length=LONGEST_NAME,
        help_text=_("The gateway's own name, such as cn-south-1: letters, digits and - _ ."),
        error_messages={"invalid": _("Use letters, digits, and - _ . only.")},
    )
    feed = IdentifierField(help_text=_("The feed it follows, as its pages say."))
    sequence = WholeNumberField(
        min_value=0,
        max_value=LARGEST,
        help_text=_("All entries up to this number are applied."),
    )


class HeardSerializer(serializers.Serializer):
    sequence = serializers.IntegerField(
        help_text=_("the highest number heard from this gateway of this feed")
    )


class AppliedView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [SmallJSONParser]
    required_scope = ServiceClient.Scope.ENFORCEMENT_APPLY

    @extend_schema(
        operation_id="enforcement_applied",
        summary=_("Say up to where the feed is applied"),
        description=_(
            "Scope: enforcement:apply. Sent after each page or snapshot that a gateway applied, "
            "and at least every ten seconds, so that staff see on how many gateways a block is in "
            "force and are told of one that is silent. In any order and however often: the "
            "highest number counts. A gateway appears with its first report, and its name belongs "
            "to the service client that sent it. 410: this feed is no more, take a snapshot."
        ),
        request=AppliedSerializer,
        responses={
            200: HeardSerializer,
            (409, MEDIA_TYPE): refusal("refused"),
            (410, MEDIA_TYPE): refusal("gone"),
        },
    )
    def post(self, request: Request) -> Response:
        sent = AppliedSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        client: Any = request.user
        try:
            highest = applied.report(client=client, at=clock.now(), **sent.validated_data)
        except NotGivenYet as refused:
            raise ValidationError({"sequence": [str(refused)]}) from None
        except FeedIsGone as refused:
            return problem(410, "gone", str(refused))
        return Response({"sequence": highest}, headers={"Cache-Control": "no-store"})
