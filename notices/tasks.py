"""The jobs. Each calls one verb; rows in the database say what there is to do."""

from celery import shared_task

from common.clock import now
from common.models import Wakeup
from common.wakeups import wake
from notices import delivering, progress
from notices.models import Channel, Delivery, ServiceChange


@shared_task(name="notices.announce")
def announce() -> int:
    """Writes the notices of approved changes, then wakes up the senders."""
    Wakeup.answer("notices.announce")
    count = progress.announce_all(at=now())
    if count:
        wake("notices.send_email")
        wake("notices.send_sms")
    return count


@shared_task(name="notices.send_email")
def send_email() -> int:
    """Sends every e-mail that is due."""
    Wakeup.answer("notices.send_email")
    sent = delivering.deliver_all(Channel.EMAIL)
    progress.conclude_all()
    return sent


@shared_task(name="notices.send_sms")
def send_sms() -> int:
    """Sends every SMS that is due."""
    Wakeup.answer("notices.send_sms")
    sent = delivering.deliver_all(Channel.SMS)
    progress.conclude_all()
    return sent


@shared_task(name="notices.take_effect")
def take_effect() -> int:
    """Lets what is due take effect, then wakes up the senders."""
    Wakeup.answer("notices.take_effect")
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
        "announced": progress.announce_all(at=moment),
        "concluded": progress.conclude_all(),
    }
    for channel, task in ((Channel.EMAIL, "send_email"), (Channel.SMS, "send_sms")):
        if Delivery.objects.due(moment).filter(channel=channel).exists():
            wake(f"notices.{task}")
    if ServiceChange.objects.due(moment).exists():
        wake("notices.take_effect")
    return found
