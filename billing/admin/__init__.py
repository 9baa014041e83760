"""The staff's admin of money. Nothing here is edited: what happened is shown, and acts ask
for a posting or decide on one."""

from billing.admin import (  # noqa: F401 -- they register themselves
    applications,
    bank,
    books,
    charges,
    chart,
    floors,
    invoices,
    journals,
    matches,
    online,
    policies,
    refunds,
    requests,
    wallets,
)
