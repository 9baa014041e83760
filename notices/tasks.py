"""The jobs. Each calls one verb; rows in the database say what there is to do."""

from datetime import timedelta

from celery import shared_task

from common.clock import now
from common.turns import in_turn
from common.wakeups import wake
from notices import delivering, progress
from notices.models import Channel, Delivery, ServiceChange

# A run ends well before the time limit of a task, which would cut it off between a
# provider's yes and our writing it down; what is left is the next run's.
LONGEST_RUN = timedelta(seconds=60)


@shared_task(name="notices.announce")
@in_turn("notices.announce")
def announce() -> int:
    """Writes the notices of approved changes, then wakes up the senders."""
    count = progress.announce_all(at=now())
    if count:
        wake("notices.send_email")
        wake("notices.send_sms")
    return count


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


@shared_task(name="notices.take_effect")
@in_turn("notices.take_effect")
def take_effect() -> int:
    """Lets what is due take effect, then wakes up the senders."""
    begun = progress.take_effect_all(at=now())
    if begun:
        wake("notices.send_email")
        wake("notices.send_sms")
    return begun


@shared_task(name="notices.sweep")
def sweep() -> dict[str, int]:
    """Finds work whose wake-up was lost: with the broker wiped, this alone finishes it."""
    moment = now()
    found = {
        "abandoned": delivering.give_up_abandoned(at=moment),
        "concluded": progress.conclude_all(),
    }
    for channel, task in ((Channel.EMAIL, "send_email"), (Channel.SMS, "send_sms")):
        if Delivery.objects.due(moment).filter(channel=channel).exists():
            wake(f"notices.{task}")
    if ServiceChange.objects.to_announce().exists():
        wake("notices.announce")
    if ServiceChange.objects.due(moment).exists():
        wake("notices.take_effect")
    return found
