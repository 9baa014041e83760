"""What happens to those who send messages, and what must be true of each message after it.

Workers are processes that run the product's own tasks; the carrier is a folder, the mail
server a real one. `make faults` does it in full, `make test` a little of each.
"""

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta

from common.clock import now
from common.messaging.django_backend import DjangoBackend
from common.models import Wakeup
from notices import channels, delivering, doubts, progress, sweeps, tasks
from notices.models import Attempt, Delivery, Outcome, Resolution, Sweep
from tests.notices.making import approve, make_officer, plan, propose
from tests.plumbing import forks
from tests.plumbing.carrier import taken
from tests.plumbing.crowd import make_crowd

LEASE = delivering.LEASE
# Of those who are killed, so that two hundred blows fall on few thousand messages.
KILLED_BATCH = 10


class Killed(DjangoBackend):
    """E-mail, by a process that is killed right after the server took so many letters."""

    def send(self, batch):
        file = self.config.options["folder"] / "kill-after"
        if file.exists():
            super().send(batch[: int(file.read_text())])
            file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().send(batch)


def written(people, *, letters=0):
    """A change that many people are to be told of, with all messages written."""
    accounts = make_crowd(people, letters=letters)
    officer = make_officer()
    change = plan(*accounts, planned_by=officer)
    propose(change, by=officer)
    approve(change)
    progress.write_messages()
    return change


def sweep(clock):
    """What beat and worker do a moment later: sweep, and look into what was found."""
    clock.advance(seconds=21)
    Wakeup.objects.update(published_at=None)
    tasks.sweep()
    tasks.look_into()


def kill_workers(channel, task, *, times, folder, clock, most=5, seed=11):
    """Kills so many workers after up to `most` messages were taken and before that could be
    written down, each in a batch of its own; how many messages were taken in those batches."""
    chance = random.Random(seed)
    struck = 0
    for _time in range(times):
        count = chance.randint(1, most)
        (folder / "kill-after").write_text(str(count))
        until = time.monotonic() + 60
        while (status := forks.run(task)) != -signal.SIGKILL:
            # The one before may not have given its turn back yet.
            assert status == 0, status
            assert time.monotonic() < until
            clock.advance(seconds=1)
        struck += count
        clock.advance(seconds=LEASE.total_seconds() + 1)
        sweep(clock)
    return struck


def finish(clock, channel):
    """Lets time pass until nothing of the channel can be done any more."""
    for _round in range(60):
        delivering.deliver_all(channel, at_most=timedelta(minutes=10))
        sweep(clock)
        waiting = Delivery.objects.filter(channel=channel, state__in=Delivery.OPEN)
        doubtful = Delivery.objects.filter(channel=channel, state="unknown", ask_at__isnull=False)
        if not waiting.exists() and not doubtful.exists():
            return
        clock.advance(minutes=12)


def judge_texts(figures, name, folder, people):
    """Each was taken once, and its row says so."""
    arrived = Counter(line["address"] for line in taken(folder))
    rows = Delivery.objects.filter(channel="sms")
    figures.exactly(f"{name}.arrived", len(arrived), people)
    figures.exactly(f"{name}.twice", sum(count > 1 for count in arrived.values()), 0)
    figures.exactly(f"{name}.lost", rows.exclude(state__in=Delivery.TAKEN).count(), 0)
    stands = Outcome.objects.filter(verdict="accepted", attempt__delivery__channel="sms").count()
    figures.exactly(
        f"{name}.acceptances", stands + Resolution.objects.filter(kind="taken").count(), people
    )


def texts_after_kills(figures, *, times, folder, clock, monkeypatch):
    """A worker killed between the carrier's yes and our writing it down, so many times."""
    monkeypatch.setattr(delivering, "BATCH", KILLED_BATCH)
    people = times * 3 + 50
    written(people)
    kill_workers("sms", tasks.send_sms, times=times, folder=folder, clock=clock)
    finish(clock, "sms")
    figures.exactly("killed_after_accept.sms.times", times, times)
    judge_texts(figures, "killed_after_accept.sms", folder, people)


def letters_after_kills(figures, *, times, folder, clock, mailbox, monkeypatch):
    """The same with e-mail, which cannot be asked about: at most once more, and recorded."""
    monkeypatch.setattr(delivering, "BATCH", KILLED_BATCH)
    # Of each batch that is cut off the rest is in doubt as well, and waits.
    people = times * KILLED_BATCH + 50
    written(people, letters=people)
    struck = kill_workers("email", tasks.send_email, times=times, folder=folder, clock=clock)
    finish(clock, "email")
    arrived = Counter(message["Message-ID"] for message in mailbox.messages)
    reached = {str(message["To"]) for message in mailbox.messages}
    rows = Delivery.objects.filter(channel="email")
    # Cut off twice: staff see them, and nobody sends them a third time.
    given_up = rows.filter(state="unknown", resolutions__kind="resent")
    twice = {
        str(message["To"]) for message in mailbox.messages if arrived[message["Message-ID"]] > 1
    }
    unrecorded = twice - set(
        Resolution.objects.filter(kind="resent").values_list("delivery__address", flat=True)
    )
    name = "killed_after_accept.email"
    figures.exactly(f"{name}.times", times, times)
    figures.at_most(f"{name}.most_arrivals_of_one", max(arrived.values()), 2)
    figures.at_most(f"{name}.arrived_again", sum(n - 1 for n in arrived.values()), struck)
    figures.exactly(f"{name}.arrived_again_unrecorded", len(unrecorded), 0)
    seen = reached | set(given_up.values_list("address", flat=True))
    figures.exactly(f"{name}.reached_or_shown_as_in_doubt", len(seen), people)
    lost = rows.exclude(state="accepted").exclude(pk__in=given_up.values("pk"))
    figures.exactly(f"{name}.lost", lost.count(), 0)
    figures.told(f"{name}.cut_off_twice_and_left_to_staff", rest=str(given_up.count()))


def many_workers(figures, *, people, workers, folder):
    """Workers, tasks that are given away again and again, and a sweeper, all at once."""
    written(people)
    name = f"{workers}_workers"

    def work():
        while delivering.deliver_batch("sms", at=now()):
            pass

    def redelivered():
        while Delivery.objects.due(now()).filter(channel="sms").exists():
            tasks.send_sms()

    def sweeper():
        while Delivery.objects.open().filter(channel="sms").exists():
            delivering.give_up_abandoned(at=now())
            sweeps.sweep_all(at=now())
            doubts.look_into_some(at=now())

    crew = [forks.begin(act) for act in [*[work] * workers, redelivered, redelivered, sweeper]]
    figures.exactly(f"{name}.ended_badly", sum(forks.end(one) != 0 for one in crew), 0)
    judge_texts(figures, name, folder, people)
    figures.exactly(f"{name}.attempts", Attempt.objects.filter(provider="carrier").count(), people)


def time_outs(figures, *, people, folder, clock):
    """The carrier takes everything and its answers are lost: in doubt, asked about, accepted."""
    written(people)
    (folder / "time-out").touch()
    delivering.deliver_all("sms", at_most=timedelta(minutes=10))
    doubtful = Delivery.objects.filter(channel="sms", state="unknown").count()
    figures.exactly("time_outs.in_doubt", doubtful, people)
    clock.advance(seconds=61)
    finish(clock, "sms")
    judge_texts(figures, "time_outs", folder, people)


def lost_receipts(figures, *, people, folder, clock):
    """Not one receipt is ever posted: the carrier is asked until it knows."""
    written(people)
    delivering.deliver_all("sms", at_most=timedelta(minutes=10))
    for _look in range(3):  # while it knows no outcome
        clock.advance(minutes=11)
        sweep(clock)
    (folder / "outcome").write_text("delivered")
    for _hour in range(6):
        clock.advance(hours=1)
        sweep(clock)
    delivered = Delivery.objects.filter(channel="sms", state="delivered").count()
    figures.exactly("lost_receipts.delivered", delivered, people)
    figures.exactly("lost_receipts.twice", len(taken(folder)) - people, 0)


def stopped_worker(figures, *, folder, monkeypatch, lease=2.0):
    """A worker is stopped past its lease with its batch half handed over, and goes on."""
    written(40)
    monkeypatch.setattr(delivering, "LEASE", timedelta(seconds=lease))
    monkeypatch.setattr(channels, "BATCH_SECONDS", lease / 2)
    (folder / "stop").touch()
    worker = forks.begin(lambda: delivering.deliver_batch("sms", at=now()))
    forks.wait_until_stopped(worker)
    before = len(taken(folder))
    time.sleep(lease + 0.5)  # what passes is the lease itself
    figures.exactly("stopped.given_up", delivering.give_up_abandoned(at=now()), 40)
    while doubts.look_into_some(at=now()):
        pass
    delivering.deliver_all("sms", at_most=timedelta(minutes=1))
    states = dict(Delivery.objects.filter(channel="sms").values_list("pk", "state"))
    os.kill(worker, signal.SIGCONT)
    figures.exactly("stopped.ended_badly", int(forks.end(worker) != 0), 0)
    after = dict(Delivery.objects.filter(channel="sms").values_list("pk", "state"))
    figures.exactly("stopped.handed_over_before", before, 10)
    figures.exactly("stopped.moved_by_it", sum(after[pk] != states[pk] for pk in states), 0)
    figures.exactly(
        "stopped.its_answers_kept", Outcome.objects.filter(attempt__fence=1).count(), 40
    )
    arrived = Counter(line["address"] for line in taken(folder))
    figures.exactly("stopped.arrived", len(arrived), 40)
    figures.exactly("stopped.twice", sum(count > 1 for count in arrived.values()), 0)


def judge_periods(figures, *, asked):
    """`asked` times a timetable wanted a sweep; each period had one."""
    rows = list(Sweep.objects.values_list("kind", "period"))
    figures.exactly("two_timetables.periods_swept_twice", len(rows) - len(set(rows)), 0)
    often = Sweep.objects.filter(kind="leases").count()
    figures.at_least("two_timetables.sweeps_asked_for", asked, often + 1)
    figures.exactly("two_timetables.unfinished", Sweep.objects.filter(done_at=None).count(), 0)
