"""Accounts in the back office. Each module declares the records of its noun."""

from accounts.admin import (
    access,
    accounts,
    agreements,
    amendments,
    api_keys,
    catalogue,
    closings,
    connected_logins,
    declarations,
    incidents,
    names,
    organizations,
    people,
    recoveries,
    service_clients,
    staff,
)

__all__ = [
    "access",
    "accounts",
    "agreements",
    "amendments",
    "api_keys",
    "catalogue",
    "closings",
    "connected_logins",
    "declarations",
    "incidents",
    "names",
    "organizations",
    "people",
    "recoveries",
    "service_clients",
    "staff",
]
