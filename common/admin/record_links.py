"""What an app above has to show about a record of an app below: links on its page.

Registered in the upper app's `AppConfig.ready`; the page of the lower app's record shows
them without knowing what they lead to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from common.registries import Registry


@dataclass(frozen=True, kw_only=True)
class RecordLink:
    """One link. `model` is `app.model` in lower case, `url` makes the address from the
    record, `permission` is `app.codename`."""

    name: str
    model: str
    label: str | Promise
    permission: str
    url: Callable[[Any], str]


record_links: Registry[RecordLink] = Registry("record link")


def links_on(record: Any, user: Any) -> list[tuple[str, str]]:
    """Label and address of each link that this person may follow from `record`."""
    return [
        (str(link.label), link.url(record))
        for link in record_links
        if link.model == record._meta.label_lower and user.has_perm(link.permission)
    ]
