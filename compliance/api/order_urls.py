"""Addresses of orders about content in the API."""

from django.urls import path

from compliance.api.orders import ContentOrdersView, ReceiptsView

urlpatterns = [
    path("content-orders", ContentOrdersView.as_view(), name="content_orders"),
    path(
        "content-orders/<str:order>/receipts", ReceiptsView.as_view(), name="content_order_receipts"
    ),
]
