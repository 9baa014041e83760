"""Other systems of the platform report accounts, and ask what came of it."""

from typing import Any

from django.http import Http404
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.views import refusal
from accounts.models import ServiceClient
from common import clock
from common.api.bodies import BoundedJSONParser
from common.api.problems import MEDIA_TYPE
from common.languages import pick
from compliance import report_reasons, reports, tracking
from compliance.api.report_bodies import (
    ReportSerializer,
    ReportStandingSerializer,
    request_hash,
)
from compliance.models import Report
from compliance.report_reasons import Reason
from compliance.reports import ByApi
from compliance.subjects import account_named

REFUSALS = {
    (400, MEDIA_TYPE): refusal("invalid"),
    (401, MEDIA_TYPE): refusal("unauthenticated"),
    (403, MEDIA_TYPE): refusal("forbidden"),
    (503, MEDIA_TYPE): refusal("unavailable"),
}


class ReportParser(BoundedJSONParser):
    """A statement and fifty signals."""

    most = 64 * 1024


class ReportsView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [ReportParser]
    required_scope = ServiceClient.Scope.REPORTS_WRITE

    @extend_schema(
        operation_id="report",
        summary=gettext_lazy("Report an account to compliance"),
        description=gettext_lazy(
            "Scope: reports:write. Files one report, which opens a case or joins the open one of "
            "its kind about the same account. What customers sent to the service or got from it "
            "is never part of a report: fields that are not declared are refused. Send it again "
            "after any error or silence: the same key with the same contents is filed once and "
            "answered alike; with other contents it is refused."
        ),
        request=ReportSerializer,
        responses={
            200: ReportStandingSerializer,
            **REFUSALS,
            (409, MEDIA_TYPE): refusal("refused"),
        },
    )
    def post(self, request: Request) -> Response:
        client: Any = request.user
        body = ReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        report = _file(client, body.validated_data, request.data)
        return _answer(report)


class ReportView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.REPORTS_WRITE

    @extend_schema(
        operation_id="report_standing",
        summary=gettext_lazy("How does a report stand that you filed?"),
        description=gettext_lazy(
            "Scope: reports:write. By its receipt number, for the client that filed it; other "
            "numbers are not found."
        ),
        responses={
            200: ReportStandingSerializer,
            **REFUSALS,
            (404, MEDIA_TYPE): refusal("not_found"),
        },
    )
    def get(self, request: Request, receipt: str) -> Response:
        client: Any = request.user
        report = tracking.found(receipt)
        if report is None or report.client_id != client.pk:
            raise Http404
        return _answer(report)


def _file(client: ServiceClient, answers: dict[str, Any], sent: Any) -> Report:
    reason = _reason(answers)
    about, about_text = account_named(answers.get("account", ""), answers.get("about", ""))
    if "account" in answers and about is None:
        raise ValidationError({"account": [_("There is no such account.")]})
    return reports.file(
        channel=Report.Channel.API,
        kind=reason.kind,
        policy=reason.policy,
        statement=answers["statement"],
        about=about,
        about_text=about_text,
        by_api=ByApi(
            client=client,
            key=answers["key"],
            request_hash=request_hash(sent),
            signals=[
                {**signal, "observed_at": signal["observed_at"].isoformat()}
                for signal in answers.get("evidence", [])
            ],
        ),
        at=clock.now(),
    )


def _reason(answers: dict[str, Any]) -> Reason:
    value = f"{answers['kind']}:{answers['policy']}" if "policy" in answers else answers["kind"]
    reason = report_reasons.chosen(value, channel=Report.Channel.API)
    if reason is None:
        raise ValidationError({"policy": [_("There is no such policy for this kind.")]})
    return reason


def _answer(report: Report) -> Response:
    standing = tracking.standing(report, at=clock.now())
    outcome = standing.outcome
    body = {
        "receipt": report.receipt,
        "state": standing.stage.value,
        "received_at": report.recorded_at,
        "outcome": outcome.verdict if outcome else None,
        "words": pick(get_language(), zh_hans=outcome.words_zh_hans, en=outcome.words_en)
        if outcome
        else None,
    }
    return Response(ReportStandingSerializer(body).data, headers={"Cache-Control": "no-store"})
