"""Addresses of this app's part of the API."""

from django.urls import path

from billing.api.views import ChargesView

urlpatterns = [
    path("charges", ChargesView.as_view(), name="charges"),
]
