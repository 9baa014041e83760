"""Addresses of the customer's pages of decisions."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from compliance.pages import decisions

urlpatterns = [
    path("decisions/", decisions.index, name="decisions"),
    path("decisions/<public_id:public_id>/", decisions.page, name="decision"),
    path("decisions/<public_id:public_id>/statement.pdf", decisions.pdf, name="decision_pdf"),
]
