"""The staff's admin of money."""

from billing.admin import applications  # noqa: F401 -- it registers itself
