"""Other systems of the platform report accounts, pass on complaints of third parties about
services of customers (3.5), and ask what came of it."""

from typing import Any

from django.http import Http404
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.views import refusal
from accounts.models import Account, ServiceClient
from common import clock
from common.api.bodies import BoundedJSONParser
from common.api.problems import MEDIA_TYPE, UnknownHere
from common.languages import pick
from compliance import client_keys, report_reasons, reports, tracking
from compliance.api.fields import ReportStandingSerializer, as_json
from compliance.api.report_bodies import ComplaintSerializer, ReportSerializer
from compliance.models import CaseKind, Report
from compliance.report_reasons import Reason
from compliance.reports import ByApi, Reporter
from compliance.subjects import account_named

REFUSALS = {
    (409, MEDIA_TYPE): refusal("key_taken"),
    (422, MEDIA_TYPE): refusal("unknown"),
}


class ReportParser(BoundedJSONParser):
    """A statement and fifty pieces of evidence."""

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
        responses={200: ReportStandingSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        body = ReportSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        reason = _reason(said)
        about, about_text = about_in(said)
        report = reports.file(
            channel=Report.Channel.API,
            kind=reason.kind,
            policy=reason.policy,
            statement=said["statement"],
            about=about,
            about_text=about_text,
            by_api=by_api(request, said),
            at=clock.now(),
        )
        return answer(report)


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
        responses={200: ReportStandingSerializer},
    )
    def get(self, request: Request, receipt: str) -> Response:
        report = own_report(request, receipt)
        if report.kind == CaseKind.THIRD_PARTY:
            raise Http404
        return answer(report)


class ComplaintsView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [ReportParser]
    required_scope = ServiceClient.Scope.COMPLAINTS_WRITE

    @extend_schema(
        operation_id="complaint",
        summary=gettext_lazy("Pass on a third party's complaint about a customer's service"),
        description=gettext_lazy(
            "Scope: complaints:write. Clause 3.5: customers answer for what they offer to others "
            "on the platform. Opens a case about the account, or joins the open one; who complains "
            "is kept encrypted, and answered at the address given. Content of requests is refused, "
            "and a key counts once, as for reports."
        ),
        request=ComplaintSerializer,
        responses={200: ReportStandingSerializer, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        body = ComplaintSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        about, about_text = about_in(said)
        report = reports.file(
            channel=Report.Channel.API,
            kind=CaseKind.THIRD_PARTY,
            statement=said["statement"],
            about=about,
            about_text=about_text,
            location=said.get("location", ""),
            reporter=Reporter(**said.get("complainant", {})),
            by_api=by_api(request, said),
            at=clock.now(),
        )
        return answer(report)


class ComplaintView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.COMPLAINTS_WRITE

    @extend_schema(
        operation_id="complaint_standing",
        summary=gettext_lazy("How does a complaint stand that you passed on?"),
        description=gettext_lazy(
            "Scope: complaints:write. By its receipt number, for the client that passed it on; "
            "other numbers are not found."
        ),
        responses={200: ReportStandingSerializer},
    )
    def get(self, request: Request, receipt: str) -> Response:
        complaint = own_report(request, receipt)
        if complaint.kind != CaseKind.THIRD_PARTY:
            raise Http404
        return answer(complaint)


def own_report(request: Request, receipt: str) -> Report:
    """The report with that receipt number if the calling client filed it."""
    client: Any = request.user
    report = tracking.found(receipt)
    if report is None or report.client_id != client.pk:
        raise Http404
    return report


def about_in(said: dict[str, Any]) -> tuple[Account | None, str]:
    about, about_text = account_named(said.get("account", ""), said.get("about", ""))
    if "account" in said and about is None:
        raise UnknownHere({"account": [_("There is no such account.")]})
    return about, about_text


def by_api(request: Request, said: dict[str, Any]) -> ByApi:
    client: Any = request.user
    return ByApi(
        client=client,
        key=said["key"],
        request_hash=client_keys.request_hash(request.data),
        signals=as_json(said.get("evidence", [])),
    )


def _reason(said: dict[str, Any]) -> Reason:
    value = f"{said['kind']}:{said['policy']}" if "policy" in said else said["kind"]
    reason = report_reasons.chosen(value, channel=Report.Channel.API)
    if reason is None:
        raise UnknownHere({"policy": [_("There is no such policy for this kind.")]})
    return reason


def answer(report: Report) -> Response:
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
