"""Addresses of the inbox, of public announcements, and where providers post receipts."""

from django.urls import path

from accounts.pages import converters as converters  # registers itself
from notices.pages import announcements, inbox, letters, reaching, receipts

urlpatterns = [
    path("inbox/", inbox.index, name="inbox"),
    path("inbox/unread/", inbox.unread, name="inbox_unread"),
    path("inbox/read/", inbox.read_all, name="inbox_read_all"),
    path("inbox/ways/", reaching.ways, name="reaching"),
    path("inbox/letters/<public_id:public_id>/", letters.letter, name="letter"),
    path("inbox/letters/<public_id:public_id>/text/", letters.text, name="letter_text"),
    path("inbox/letters/<public_id:public_id>/read/", letters.mark_read, name="letter_read"),
    path("inbox/letters/<public_id:public_id>/unread/", letters.keep_unread, name="letter_unread"),
    path("inbox/<public_id:public_id>/", inbox.message, name="notice"),
    path("inbox/<public_id:public_id>/text/", inbox.text, name="notice_text"),
    path("inbox/<public_id:public_id>/certificate/", inbox.certificate, name="notice_certificate"),
    path("inbox/<public_id:public_id>/read/", inbox.mark_read, name="notice_read"),
    path("inbox/<public_id:public_id>/unread/", inbox.keep_unread, name="notice_unread"),
    path("announcements/", announcements.index, name="announcements"),
    path("announcements/<public_id:public_id>/", announcements.show, name="announcement"),
    path(
        "announcements/<public_id:public_id>/published/",
        announcements.published,
        name="announcement_published",
    ),
    path("receipts/<slug:provider>/", receipts.take, name="receipts"),
]
