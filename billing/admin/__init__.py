"""The staff's admin of money."""

from billing.admin import books  # noqa: F401 -- registers itself
