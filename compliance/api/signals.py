"""Gateways and risk control say what they measured about an account (2.2.4, 2.2.6, 2.2.7)."""

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import codes
from accounts.api.authentication import HasScope, ServiceToken
from accounts.models import Account, ApiKey, Region, Service, ServiceClient
from common.api.declared import WholeNumberField, shaped
from common.api.moments import MomentField
from common.api.problems import UnknownHere
from compliance import client_keys, platform_signals
from compliance.api import fields
from compliance.api.reports import REFUSALS, ReportParser
from compliance.models import PlatformSignal
from compliance.platform_signals import Observed

MOST_MEASURED = 20
METRIC = re.compile(r"[a-z][a-z0-9_]{0,39}")


class MeasuredSerializer(fields.WithoutContent):
    """One figure."""

    metric = shaped(METRIC, help_text=gettext_lazy("What was measured: requests_per_minute."))
    value = WholeNumberField(
        min_value=0, max_value=fields.MOST_COUNTED, help_text=gettext_lazy("How much it was.")
    )
    usual = WholeNumberField(
        required=False,
        min_value=0,
        max_value=fields.MOST_COUNTED,
        help_text=gettext_lazy("How much it is at most, usually or by agreement."),
    )


class SignalSerializer(fields.WithoutContent):
    """A signal: figures and references, no words."""

    one_of = ("account", "key_digest")

    key = fields.client_key()
    kind = serializers.ChoiceField(
        choices=PlatformSignal.Kind.choices,
        help_text=gettext_lazy("load (2.2.4), circumvention (2.2.6) or attack (2.2.7)"),
    )
    account = fields.account()
    key_digest = shaped(
        codes.KEY_DIGEST,
        required=False,
        help_text=gettext_lazy("SHA-256 of the whole API key, as 64 hexadecimal digits."),
    )
    service = shaped(
        codes.SERVICE, required=False, help_text=gettext_lazy("The code of a service.")
    )
    region = shaped(codes.REGION, required=False, help_text=gettext_lazy("The code of a region."))
    observed_from = MomentField(
        help_text=gettext_lazy("ISO 8601 with an offset, such as 2026-03-01T09:30:00+08:00.")
    )
    observed_until = MomentField(help_text=gettext_lazy("The same; not before observed_from."))
    measured = serializers.ListField(
        child=MeasuredSerializer(), min_length=1, max_length=MOST_MEASURED
    )
    evidence = fields.EvidenceListField()


class SignalTakenSerializer(serializers.Serializer):
    """The signal as it was taken down."""

    id = serializers.CharField(source="public_id", help_text=gettext_lazy("its identifier, sig_…"))
    key = serializers.CharField(source="client_key", help_text=gettext_lazy("as sent"))
    kind = serializers.ChoiceField(
        choices=PlatformSignal.Kind.choices, help_text=gettext_lazy("as sent")
    )
    recorded_at = serializers.DateTimeField(help_text=gettext_lazy("when it was taken down"))
    known = serializers.SerializerMethodField(help_text=gettext_lazy("whether it was sent before"))

    def get_known(self, _signal: PlatformSignal) -> bool:
        return not self.context["is_new"]


class SignalsView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [ReportParser]
    required_scope = ServiceClient.Scope.SIGNALS_WRITE

    @extend_schema(
        operation_id="signal",
        summary=gettext_lazy("Signal load or an attack by an account"),
        description=gettext_lazy(
            "Scope: signals:write. Figures and references about one account, which open a case or "
            "join the open one. It takes nothing away: people decide. There is no field for words; "
            "what customers sent or got is never part of it. A time of more than five minutes "
            "ahead or 30 days ago is refused (409). Send it again after any error or silence: the "
            "same key with the same contents counts once, with other contents it is refused."
        ),
        request=SignalSerializer,
        responses={200: SignalTakenSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        client: Any = request.user
        body = SignalSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        signal, is_new = platform_signals.record(
            observed=observed_in(body.validated_data),
            client=client,
            key=body.validated_data["key"],
            request_hash=client_keys.request_hash(request.data),
            at=client.shown_at,
        )
        taken = SignalTakenSerializer(signal, context={"is_new": is_new}).data
        return Response(taken, headers={"Cache-Control": "no-store"})


def observed_in(said: dict[str, Any]) -> Observed:
    """What is named, found. Raises `UnknownHere` with a sentence for each that is not."""
    missing: dict[str, list[str]] = {}

    def found(parameter: str, records: Any, **named: str) -> Any:
        record = records.filter(**named).first()
        if record is None:
            missing[parameter] = [_("There is none of that name.")]
        return record

    api_key = account = service = region = None
    if "key_digest" in said:
        keys = ApiKey.objects.select_related("account")
        api_key = found("key_digest", keys, digest=said["key_digest"])
        account = api_key and api_key.account
    else:
        account = found("account", Account.objects.all(), public_id=said["account"])
    if "service" in said:
        service = found("service", Service.objects.all(), slug=said["service"])
    if "region" in said:
        region = found("region", Region.objects.all(), slug=said["region"])
    if missing or account is None:
        raise UnknownHere(missing)
    return Observed(
        kind=said["kind"],
        account=account,
        api_key=api_key,
        service=service,
        region=region,
        observed_from=said["observed_from"],
        observed_until=said["observed_until"],
        measured=[dict(one) for one in said["measured"]],
        evidence=fields.as_json(said.get("evidence", [])),
    )
