"""Looking up changes, notices and attempts in the one search box."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.finding import people_found
from accounts.models import User
from common.search import Hit, SearchSource, looks_like_identifier, search_sources
from notices.finding import letters_found
from notices.letter_kinds import label_of, seen_by
from notices.models import Attempt, Letter, Notice, ServiceChange

if TYPE_CHECKING:
    from common.work_queues import StaffUser


def find_changes(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By identifier or by a part of the title."""
    if looks_like_identifier(text):
        wanted = Q(public_id=text)
    else:
        wanted = Q(title_zh_hans__matches=text) | Q(title_en__matches=text)
    return [
        Hit(
            title=str(change),
            detail=change.public_id,
            url=reverse("admin:notices_servicechange_change", args=[change.pk]),
            pill=(change.get_state_display(), "info"),
        )
        for change in ServiceChange.objects.filter(wanted).order_by("-pk")[:limit]
    ]


def find_notices(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By a notice's identifier, or by the reference of one of its attempts."""
    try:
        reference = UUID(text) if len(text) == 36 else None
    except ValueError:
        reference = None
    if reference is not None:
        attempts = Attempt.objects.filter(pk=reference).values("delivery__notice")
        found = Notice.objects.filter(pk__in=attempts)
    elif looks_like_identifier(text):
        found = Notice.objects.filter(public_id=text)
    else:
        return []
    return [
        Hit(
            title=str(notice),
            detail=str(notice.recipient),
            url=reverse("admin:notices_notice_change", args=[notice.pk]),
        )
        for notice in found.select_related("body", "recipient")[:limit]
    ]


def find_letters(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """By a letter's identifier, that of what it is about, or a delivery's reference."""
    by_reference = len(text) == 36 and text.count("-") == 4
    if not by_reference and not looks_like_identifier(text):
        return []
    if text.startswith(("acc_", "usr_")):
        return []  # their pages lead to everything of theirs
    found = letters_found(seen_by(user, Letter.objects.order_by("-pk")), text).select_related(
        "recipient"
    )
    return [
        Hit(
            title=letter.subject,
            detail=f"{label_of(letter)} · {letter.recipient or letter.masked}",
            url=reverse("admin:notices_letter_change", args=[letter.pk]),
        )
        for letter in found[:limit]
    ]


def find_histories(text: str, user: "StaffUser", limit: int) -> list[Hit]:
    """What a person was told: by their phone, e-mail, identifier or parts of their name."""
    # Whose identifier it is opens their record, which leads to the history.
    if looks_like_identifier(text):
        return []
    people = people_found(User.objects.all(), text).order_by("pk")[:limit]
    return [
        Hit(
            title=_("What %s was told") % person,
            detail=person.public_id,
            url=reverse("admin:notices_notice_person", args=[person.public_id]),
        )
        for person in people
    ]


def register() -> None:
    """Called once, when the apps are ready."""
    search_sources.register(
        SearchSource(
            name="changes",
            label=gettext_lazy("Service changes"),
            search=find_changes,
            permission="notices.view_servicechange",
        )
    )
    search_sources.register(
        SearchSource(
            name="notices",
            label=gettext_lazy("Notices"),
            search=find_notices,
            permission="notices.view_notice",
        )
    )
    search_sources.register(
        SearchSource(
            name="letters",
            label=gettext_lazy("Letters"),
            search=find_letters,
            permission="notices.view_letter",
        )
    )
    search_sources.register(
        SearchSource(
            name="histories",
            label=gettext_lazy("What people were told"),
            search=find_histories,
            permission="notices.view_notice",
        )
    )
