"""Addresses of messages about money, below the inbox."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from billing.pages import messages

urlpatterns = [
    path("inbox/money/", messages.index, name="money_messages"),
    path("inbox/money/<public_id:public_id>/", messages.message, name="money_message"),
]
