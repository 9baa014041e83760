"""Addresses of this app's part of the API."""

from django.urls import path

from accounts.api.views import AccessView, UsesView

urlpatterns = [
    path("access", AccessView.as_view(), name="access"),
    path("uses", UsesView.as_view(), name="uses"),
]
