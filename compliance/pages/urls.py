"""Addresses of the customer's pages of matters."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from compliance.pages import matters

OWN = "account/<public_id:public_id>/matters/"

urlpatterns = [
    path("matters/", matters.index, name="matters"),
    path(OWN, matters.overview, name="matters"),
    path(f"{OWN}questions/<public_id:inquiry>/", matters.inquiry, name="matter_inquiry"),
    path(f"{OWN}disputes/<public_id:case>/", matters.dispute, name="matter_dispute"),
]
