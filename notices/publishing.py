"""The pages of announcements: made once, kept as they were published, shown from there."""

from hashlib import sha256
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.timezone import override as in_zone
from django.utils.translation import override

from accounts.models.users import Language
from common.languages import pick
from notices.models import Announcement, AnnouncementPage

TEMPLATE = "notices/announcement_page.html"


def publish(announcement: Announcement) -> list[AnnouncementPage]:
    """Makes and keeps the pages of an announcement that was written in this transaction."""
    pages = [_made(announcement, language) for language in Language]
    return [AnnouncementPage.record(**page) for page in pages]


def _made(announcement: Announcement, language: str) -> dict[str, object]:
    with override(language), in_zone(ZoneInfo(settings.TIME_ZONE)):
        html = render_to_string(
            TEMPLATE,
            {
                "announcement": announcement,
                "body": announcement.body_in(language),
                "clause": announcement.expansion.change.clause,
                "lang": "en" if language == Language.ENGLISH else "zh-Hans",
            },
        )
    digest = sha256(html.encode()).hexdigest()
    return {
        "announcement": announcement,
        "language": language,
        "html": html,
        "sha256": digest,
    }


def page_of(announcement: Announcement, language: str | None = None) -> AnnouncementPage | None:
    """In that language, or in the one in use; None for one from before pages were kept."""
    wanted = pick(language, zh_hans=Language.CHINESE.value, en=Language.ENGLISH.value)
    found: AnnouncementPage | None = announcement.pages.filter(language=wanted).first()
    return found
