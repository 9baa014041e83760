"""Addresses of reports: for everybody, and for people who are signed in."""

from django.urls import path

from compliance.pages import own_reports, reports

urlpatterns = [
    path("report/", reports.report, name="report"),
    path("report/track/", reports.track, name="track_report"),
    path("report/<str:receipt>/", reports.tracked, name="report_tracking"),
    path("reports/", own_reports.index, name="own_reports"),
    path("reports/new/", own_reports.new, name="new_report"),
]
