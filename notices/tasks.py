"""The jobs. Each calls one verb; rows in the database say what there is to do."""

from datetime import timedelta

from celery import shared_task

from common.clock import now
from common.turns import BACKGROUND, in_turn
from common.wakeups import wake
from notices import (
    alarms,
    closing_letters,
    delivering,
    doubts,
    letter_doubts,
    letter_sending,
    letters,
    progress,
    provider_limits,
    provider_templates,
    receipts,
    routing_alarms,
    standings,
    sweeps,
    tallies,
)
from notices.models import Channel, ServiceChange

# A run ends well before the time limit of a task, which would cut it off between a
# provider's yes and our writing it down; what is left is the next run's.
LONGEST_RUN = timedelta(seconds=60)
# Of one change, before the next is looked at.
LONGEST_TURN = timedelta(seconds=20)


@shared_task(name="notices.announce")
@in_turn("notices.announce")
def announce() -> int:
    """Writes the messages of every change that has some to write; the steps it took."""
    steps, more = progress.write_messages(at_most=LONGEST_RUN)
    if more:
        wake("notices.announce")
    if steps:
        wake("notices.send_email")
        wake("notices.send_sms")
    return steps


@shared_task(name="notices.send_email")
@in_turn("notices.send_email")
def send_email() -> int:
    """Sends every e-mail that is due."""
    return _send(Channel.EMAIL, "notices.send_email")


@shared_task(name="notices.send_sms")
@in_turn("notices.send_sms")
def send_sms() -> int:
    """Sends every SMS that is due."""
    return _send(Channel.SMS, "notices.send_sms")


def _send(channel: Channel, task: str) -> int:
    sent, more = delivering.deliver_all(channel, at_most=LONGEST_RUN)
    if more:
        wake(task)
    progress.conclude_all()
    return sent


@shared_task(name=letters.SEND)
@in_turn(letters.SEND, lane=BACKGROUND)
def send_letters() -> int:
    """Sends every letter that is due."""
    sent, more = letter_sending.send_all(at_most=LONGEST_RUN)
    if more:
        wake(letters.SEND)
    return sent


@shared_task(name="notices.take_effect")
@in_turn("notices.take_effect")
def take_effect() -> int:
    """Lets what is due take effect, then wakes up whoever tells people."""
    begun = progress.take_effect_all(at=now(), at_most=LONGEST_TURN)
    if begun:
        wake("notices.take_effect")  # there may be more
    if ServiceChange.objects.filter(pk__in=progress.with_messages_to_write()).exists():
        wake("notices.announce")
    return begun


@shared_task(name="notices.catch_up")
@in_turn("notices.catch_up", lane=BACKGROUND)
def catch_up() -> int:
    """Tells those who joined an announced change, leaves out those who left it; the number
    of changes to which that had happened."""
    happened = progress.catch_up_all(at=now())
    if happened:
        wake("notices.announce")
        wake("notices.send_email")
        wake("notices.send_sms")
    return happened


@shared_task(name="notices.reckon")
@in_turn("notices.reckon", lane=BACKGROUND)
def reckon() -> dict[str, int]:
    """Counts gates for the pages, and alarms staff of those at risk."""
    moment = now()
    return {
        "reckoned": standings.reckon_all(at=moment, at_most=LONGEST_RUN),
        "alarms": alarms.raise_all(at=moment),
    }


@shared_task(name="notices.watch_providers")
@in_turn("notices.watch_providers", lane=BACKGROUND)
def watch_providers() -> dict[str, int]:
    """Asks providers about texts, and alarms staff of what comes back or is held too long."""
    moment = now()
    return {
        "texts_answered_for": provider_templates.ask_all(at=moment, at_most=LONGEST_TURN),
        "alarms": routing_alarms.raise_all(at=moment),
        "uses_forgotten": provider_limits.forget_uses(at=moment),
    }


@shared_task(name="notices.remind_of_closings")
@in_turn("notices.remind_of_closings", lane=BACKGROUND)
def remind_of_closings() -> int:
    """Writes to those whose account is about to be closed."""
    return closing_letters.remind(at=now())


@shared_task(name="notices.look_into")
@in_turn("notices.look_into", lane=BACKGROUND)
def look_into() -> int:
    """Finds out about messages in doubt, and asks for receipts that did not come."""
    looked, more = doubts.look_into_all(at_most=LONGEST_TURN)
    letters_looked, more_letters = letter_doubts.look_into_all(at_most=LONGEST_TURN)
    if more or more_letters:
        wake("notices.look_into")
    return looked + letters_looked


@shared_task(name="notices.tally")
@in_turn("notices.tally", lane=BACKGROUND)
def tally() -> int:
    """Counts what became of messages since the last time, for staff's page."""
    return tallies.count_up()


@shared_task(name="notices.collect_receipts")
@in_turn("notices.collect_receipts", lane=BACKGROUND)
def collect_receipts() -> int:
    """Fetches receipts that providers do not post, such as bounces in a mailbox."""
    return receipts.collect_all()


@shared_task(name="notices.sweep")
def sweep() -> dict[str, int]:
    """Finds work whose wake-up was lost: with the broker wiped, this alone finishes it."""
    return sweeps.sweep_all(at=now())
