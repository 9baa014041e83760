"""Addresses of this app's part of the API."""

from django.urls import path

from compliance.api.reports import ComplaintsView, ComplaintView, ReportsView, ReportView
from compliance.api.signals import SignalsView

urlpatterns = [
    path("reports", ReportsView.as_view(), name="reports"),
    path("reports/<str:receipt>", ReportView.as_view(), name="report_of_client"),
    path("complaints", ComplaintsView.as_view(), name="complaints"),
    path("complaints/<str:receipt>", ComplaintView.as_view(), name="complaint_of_client"),
    path("signals", SignalsView.as_view(), name="signals"),
]
