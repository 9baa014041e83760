"""News that changes send up to the apps above."""

from django.dispatch import Signal

change_began = Signal()
"""A change came into effect for some accounts, in the transaction that wrote their permits.

Arguments: `change`, locked; `account_ids`, those newly reached, in ascending order; `at`. Sent
once for each batch of accounts. What a receiver raises undoes the batch, which is tried again.
"""
