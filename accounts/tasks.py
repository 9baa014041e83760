"""The jobs of accounts. Each calls one verb."""

from celery import shared_task

from accounts import amendments, identities, leaving
from common.clock import now
from common.turns import BACKGROUND, in_turn

AT_MOST = 10_000


@shared_task(name="accounts.record_continued_use")
@in_turn("accounts.record_continued_use", lane=BACKGROUND)
def record_continued_use() -> int:
    """Records who went on using the services under an amended agreement (clause 14.3)."""
    recorded = 0
    while count := amendments.record_continued_use(at=now(), at_most=AT_MOST):
        recorded += count
        if count < AT_MOST:
            break
    return recorded


@shared_task(name="accounts.close_due")
@in_turn("accounts.close_due", lane=BACKGROUND)
def close_due() -> int:
    """Closes the accounts whose people thought it over and did not take it back."""
    return leaving.close_all_due(at=now())


@shared_task(name="accounts.erase_identities")
@in_turn("accounts.erase_identities", lane=BACKGROUND)
def erase_identities() -> int:
    """Erases who closed people were, once the law asks for it no more."""
    return identities.erase_due(at=now())
