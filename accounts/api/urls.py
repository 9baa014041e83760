"""Addresses of this app's part of the API."""

from django.urls import path

from accounts.api.enforcement import FeedView, SnapshotView
from accounts.api.gateways import AppliedView
from accounts.api.views import AccessView, UsesView

urlpatterns = [
    path("access", AccessView.as_view(), name="access"),
    path("enforcement", FeedView.as_view(), name="enforcement"),
    path("enforcement/snapshot", SnapshotView.as_view(), name="enforcement_snapshot"),
    path("enforcement/applied", AppliedView.as_view(), name="enforcement_applied"),
    path("uses", UsesView.as_view(), name="uses"),
]
