"""What the platform fetches of us: orders about content; and what it says of them."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import HasScope, ServiceToken
from accounts.api.views import refusal
from accounts.models import ServiceClient
from common.api.bodies import BoundedJSONParser
from common.api.problems import MEDIA_TYPE
from compliance import orders
from compliance.api.order_shapes import (
    OrdersAskedSerializer,
    OrdersSerializer,
    ReceiptGivenSerializer,
    ReceiptSerializer,
)
from compliance.models import ContentOrder

FRESH = {"Cache-Control": "no-store"}


class ContentOrdersView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    required_scope = ServiceClient.Scope.ORDERS_ANSWER

    @extend_schema(
        operation_id="content_orders",
        summary=_("Fetch orders about content"),
        description=_(
            "Scope: orders:answer. Up to 100 orders in the order they were sent. Ask with “after” "
            "for those after the cursor of the last answer: none is missed, however late it was "
            "written. “state=open” leaves out those that are done or failed. Answer each order "
            "with a receipt before “due_at”."
        ),
        parameters=[OrdersAskedSerializer],
        responses={
            200: OrdersSerializer,
        },
    )
    def get(self, request: Request) -> Response:
        asked = OrdersAskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = orders.page(
            after=asked.validated_data["after"],
            only_open=asked.validated_data["state"] == "open",
        )
        return Response(OrdersSerializer(page).data, headers=FRESH)


class ReceiptsView(APIView):
    authentication_classes = [ServiceToken]
    permission_classes = [HasScope]
    parser_classes = [BoundedJSONParser]
    required_scope = ServiceClient.Scope.ORDERS_ANSWER

    @extend_schema(
        operation_id="content_order_receipts",
        summary=_("Say what came of an order about content"),
        description=_(
            "Scope: orders:answer. The latest receipt of an order holds; after “done” none is "
            "taken. Send a receipt again with its key after any error or silence: it counts once. "
            "The same key with other contents is refused (409)."
        ),
        request=ReceiptGivenSerializer,
        responses={
            200: ReceiptSerializer,
            (404, MEDIA_TYPE): refusal("not_found"),
            (409, MEDIA_TYPE): refusal("refused"),
            (422, MEDIA_TYPE): refusal("content"),
        },
    )
    def post(self, request: Request, order: str) -> Response:
        given = ReceiptGivenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        said = dict(given.validated_data)
        # Whatever else an address may hold, such as NUL, is no identifier of an order.
        known = order.isascii() and order.isprintable()
        found = ContentOrder.objects.filter(public_id=order).first() if known else None
        if found is None:
            raise Http404
        client: Any = request.user
        receipt, is_new = orders.receive(
            order=found,
            client=client,
            client_key=said.pop("key"),
            said=orders.Said(**said),
            at=client.shown_at,
        )
        body = ReceiptSerializer(receipt, context={"is_new": is_new}).data
        return Response(body, headers=FRESH)
