"""Picking between the two languages the back office speaks."""

from django.utils.translation import get_language


def pick(language: str | None, *, zh_hans: str, en: str) -> str:
    """The text for `language` (None: the one in use), the other where it is empty."""
    language = language or get_language() or "zh-hans"
    return (en or zh_hans) if language.startswith("en") else (zh_hans or en)
