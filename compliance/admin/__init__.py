"""The staff's pages of compliance."""

from compliance.admin import reports as reports  # registers itself
