"""Picking between the two languages the back office speaks, and lists in either."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language, pgettext

HTML_LANGUAGES = {"zh-hans": "zh-Hans"}


def pick(language: str | None, *, zh_hans: str, en: str) -> str:
    """The text for `language` (None: the one in use), the other where it is empty."""
    language = language or get_language() or "zh-hans"
    return (en or zh_hans) if language.startswith("en") else (zh_hans or en)


def listed(items: Iterable[Any]) -> str:
    """`one, two`, with the comma of the language in use."""
    return pgettext("between the items of a list", ", ").join(map(str, items))


def html_language(language: str) -> str:
    """The tag as HTML and mail headers write it: `zh-Hans`."""
    return HTML_LANGUAGES.get(language, language)
