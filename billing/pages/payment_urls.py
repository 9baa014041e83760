"""Addresses of online payment: the customer's pages, and where providers call back."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from billing.pages import callbacks, loopback, top_up

urlpatterns = [
    path("money/top-up/", top_up.choose, name="money_top_up"),
    path("money/<public_id:public_id>/top-up/", top_up.ask, name="money_top_up"),
    path("money/order/<public_id:number>/", top_up.order, name="money_order"),
    path("payments/<slug:provider>/callback", callbacks.take, name="payment_callback"),
    path("payments/loopback/pay/<public_id:number>/", loopback.pay, name="loopback_pay"),
]
