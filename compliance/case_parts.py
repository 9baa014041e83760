"""Parts of the page of a case that modules of this app contribute: evidence, decisions, orders.

A part is a heading, a template and a SELECT of what that shows. All of them become one
statement (`compliance.story`), so the page asks as few whatever there is to show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from accounts.models import User
from common.registries import Registry
from compliance.models import Case

Rows = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class CasePart:
    """`sql` is a SELECT with the parameters `%(case)s`, `%(account)s` and `%(few)s`, newest
    rows first, no more than `few`. `context` makes of its rows what `template` needs for this
    reader; None leaves the part out."""

    name: str
    label: str | Promise
    template: str
    sql: str
    context: Callable[[Case, User, Rows], dict[str, Any] | None]
    wide: bool = False


case_parts: Registry[CasePart] = Registry("part of the page of a case")
