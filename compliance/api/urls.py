"""Addresses of this app's part of the API."""

from django.urls import path

from compliance.api.reports import ReportsView, ReportView

urlpatterns = [
    path("reports", ReportsView.as_view(), name="reports"),
    path("reports/<str:receipt>", ReportView.as_view(), name="report_of_client"),
]
