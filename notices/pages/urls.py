"""Addresses of the inbox and of public announcements."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from notices.pages import announcements, inbox, letters

urlpatterns = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/unread/", inbox.unread, name="inbox_unread"),
    path("inbox/read/", inbox.read_all, name="inbox_read_all"),
    path("inbox/letters/", letters.index, name="letters"),
    path("inbox/letters/<public_id:public_id>/", letters.letter, name="letter"),
    path("inbox/<public_id:public_id>/", inbox.message, name="notice"),
    path("announcements/", announcements.index, name="announcements"),
    path("announcements/<public_id:public_id>/", announcements.show, name="announcement"),
]
