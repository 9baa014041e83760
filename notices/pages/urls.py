"""Addresses of the inbox and of public announcements."""

from django.urls import path

from notices.pages import announcements, inbox

urlpatterns = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox_read_all"),
    path("inbox/<str:public_id>/", inbox.message, name="notice"),
    path("announcements/", announcements.index, name="announcements"),
    path("announcements/<str:public_id>/", announcements.show, name="announcement"),
]
