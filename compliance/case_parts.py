"""Parts of the page of a case that modules of this app contribute: evidence, decisions, orders.

A part is a heading, a template and what that needs; one that answers None is left out. The
page has a budget of statements, so each part asks at most one and by an index.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from accounts.models import User
from common.registries import Registry
from compliance.models import Case

Context = Callable[[Case, User], dict[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class CasePart:
    """`context` answers what `template` needs of a case for this reader, or None."""

    name: str
    label: str | Promise
    template: str
    context: Context
    wide: bool = False


case_parts: Registry[CasePart] = Registry("part of the page of a case")
