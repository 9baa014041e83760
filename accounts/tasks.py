"""The jobs of accounts. Each calls one verb."""

from celery import shared_task

from accounts import (
    amendments,
    api_keys,
    gateway_alarms,
    guardians,
    identities,
    label_news,
    leaving,
    one_time_codes,
    recoveries,
    sign_up,
    sms_budget,
    token_uses,
)
from accounts.enforcement import applied, sequencer
from common.clock import now
from common.turns import BACKGROUND, in_turn

AT_MOST = 10_000
# How long changes are numbered in one go, in seconds, while there are more.
NUMBERING = 60.0


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


@shared_task(name="accounts.forget_message_counts")
def forget_message_counts() -> int:
    """Deletes counters of text messages whose time is over; returns how many."""
    return sms_budget.forget(at=now())


@shared_task(name="accounts.forget_token_uses")
def forget_token_uses() -> int:
    """Deletes counts of what service tokens were used for half a year ago; returns how many."""
    return token_uses.forget(at=now())


@shared_task(name=one_time_codes.SEND)
def send_codes() -> int:
    """Sends codes that somebody waits for on a page; returns how many. Of two at once neither
    sends what the other has claimed."""
    return one_time_codes.send_due(at=now())


@shared_task(name="accounts.look_after_recoveries")
@in_turn("accounts.look_after_recoveries", lane=BACKGROUND)
def look_after_recoveries() -> int:
    """Carries out changes of phone whose waiting period is over; returns how many."""
    one_time_codes.forget(at=now())
    return recoveries.carry_out_all(at=now())


@shared_task(name="accounts.tell_of_expiring_keys")
@in_turn("accounts.tell_of_expiring_keys", lane=BACKGROUND)
def tell_of_expiring_keys() -> int:
    """Tells people of API keys that end within two weeks."""
    told = 0
    while count := api_keys.tell_of_expiring(at=now()):
        told += count
    return told


@shared_task(name="accounts.tell_of_expiring_exemptions")
@in_turn("accounts.tell_of_expiring_exemptions", lane=BACKGROUND)
def tell_of_expiring_exemptions() -> int:
    """Tells owners of label exemptions that end within 30 days, and within 7."""
    told = 0
    while count := label_news.tell_of_expiring(at=now()):
        told += count
    return told


@shared_task(name="accounts.look_after_sign_ups")
def look_after_sign_ups() -> int:
    """Deletes sign-ups and requests to guardians that are over, and opens the accounts of
    those who have come of age; returns how many rows that were."""
    at = now()
    return sign_up.forget(at=at) + guardians.forget(at=at) + guardians.settle_of_age(at=at)


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


@shared_task(name="accounts.watch_gateways")
@in_turn("accounts.watch_gateways", lane=BACKGROUND)
def watch_gateways() -> dict[str, int]:
    """Alarms staff of gateways that are silent or behind; forgets reports a month old."""
    moment = now()
    return {
        "alarms": gateway_alarms.raise_all(at=moment),
        "reports_forgotten": applied.forget(at=moment),
    }


@shared_task(name="accounts.number_changes")
@in_turn("accounts.number_changes", lane=BACKGROUND)
def number_changes() -> int:
    """Numbers what gateways go by, for the time when none of them reads; returns how many."""
    return sequencer.number_all(patience=NUMBERING)


@shared_task(name="accounts.forget_enforcement")
@in_turn("accounts.forget_enforcement", lane=BACKGROUND)
def forget_enforcement() -> int:
    """Drops what the enforcement feed keeps no more; returns how many rows."""
    return sequencer.forget()
