"""The side bar: the queues a person may see, by section, with what waits in each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from common.work_queues import Section, count_text, counts_of, work_queues


@dataclass(frozen=True)
class Line:
    label: str | Promise
    url: str
    count: str
    hot: bool
    current: bool


@dataclass(frozen=True)
class Heading:
    label: str
    lines: list[Line] = field(default_factory=list)


def side_bar(request: HttpRequest) -> list[Heading]:
    """Worked out once per request: one statement, however many queues there are."""
    kept: list[Heading] | None = getattr(request, "_side_bar", None)
    if kept is None:
        kept = _side_bar(request)
        request._side_bar = kept  # type: ignore[attr-defined]
    return kept


def _side_bar(request: HttpRequest) -> list[Heading]:
    user: Any = request.user
    queues = [queue for queue in work_queues if queue.shown_to(user)]
    urls = [_address(queue.url, get_script_prefix()) for queue in queues]
    here = _best_match(request.get_full_path(), urls)
    lines: dict[str, list[Line]] = {section: [] for section in Section}
    for queue, url, count in zip(queues, urls, counts_of(queues, user), strict=True):
        lines[queue.section].append(
            Line(
                label=queue.label,
                url=url,
                count=count_text(count),
                hot=queue.hot and bool(count),
                current=url == here,
            )
        )
    home = reverse("admin:index")
    today = Line(label=_("Today"), url=home, count="", hot=False, current=request.path == home)
    lines[Section.MY_WORK].insert(0, today)
    return [Heading(str(Section(name).label), found) for name, found in lines.items() if found]


@lru_cache(maxsize=1000)
def _address(url: Callable[[], str], prefix: str) -> str:
    """The address of a queue; it is always the same below the same prefix."""
    return url()


def _best_match(address: str, urls: list[str]) -> str:
    """The queue one is in: the longest address that this one begins with.

    A queue with a filter (`?state=…`) is only itself; one without stands for the
    records below it too.
    """
    path = address.partition("?")[0]
    fitting = [url for url in urls if url == address or ("?" not in url and path.startswith(url))]
    return max(fitting, key=len, default="")
