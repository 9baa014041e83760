"""Each fault of docs/faults.md, done to real processes while they carry out a change.

Sweepers are on, as in production. With Redis and with RabbitMQ; the faults that have
nothing to do with the broker are done with Redis only.
"""

import time

import pytest

from notices.models import Delivery
from tests.desk.signing_in import staff
from tests.faults import scenes
from tests.notices.admin.test_changes_admin import confirm, step
from tests.notices.making import make_customer
from tests.plumbing.crowd import make_crowd

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

# Faults that cut off work are done to fewer people: what matters is where they cut.
SOME = 5
# This process, which judges, has another name or none.
CUT_THE_CREW = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'apiqik'"
)
only_redis = pytest.mark.parametrize("broker", ["redis"], indirect=True)


@pytest.fixture
def told_all(figures, crew, sink, people):
    """Judges that everybody was told once."""

    def judge(name, change, people=people, in_doubt=0):
        scenes.judge_telling(figures, name, change, phase="announced", people=people)
        scenes.judge_sending(figures, name, crew, sink, in_doubt=in_doubt)

    return judge


def start(crew):
    crew.worker()
    crew.beat()
    crew.wait_for_worker()


def kill_the_worker(crew):
    crew.kill("worker")
    crew.worker()
    time.sleep(3)  # it takes this long to come back


def test_the_broker_is_wiped_during_the_expansion(crew, sink, figures, people, letters, told_all):
    name = f"wiped_{crew.broker.name}"
    accounts = make_crowd(people, letters=letters)
    start(crew)
    change = scenes.approved(accounts)
    going_on = scenes.expanding(change, crew)
    scenes.wait_for(going_on, crew, every=0.02)
    struck = scenes.strike_while(going_on, crew.broker.wipe, times=3, every=2)
    figures.at_least(f"{name}.times", struck, 1)
    seconds = scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    figures.told(f"{name}.seconds_until_all_are_told", rest=f"{seconds:.0f}")
    told_all(name, change)


@only_redis
def test_workers_are_killed_during_the_expansion(
    crew, sink, figures, people, letters, told_all, clock
):
    people = people // SOME
    accounts = make_crowd(people, letters=letters)
    start(crew)
    change = scenes.approved(accounts)
    going_on = scenes.expanding(change, crew)
    scenes.wait_for(going_on, crew, every=0.02)

    struck = scenes.strike_while(going_on, lambda: kill_the_worker(crew), times=3, every=0.5)
    figures.at_least("worker_killed_expanding.times", struck, 1)
    scenes.wait_for(lambda: not scenes.expanding(change, crew)(), crew)
    in_doubt = scenes.settle_what_was_cut_off(clock, crew)
    # A batch of each channel may have been on its way at every blow.
    figures.at_most("worker_killed_expanding.in_doubt", in_doubt, struck * 2 * 50)
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    told_all("worker_killed_expanding", change, people, in_doubt)


@only_redis
def test_the_database_cuts_every_connection(
    crew, sink, figures, people, letters, told_all, clock, test_database
):
    people = people // SOME
    accounts = make_crowd(people, letters=letters)
    start(crew)
    change = scenes.approved(accounts)
    going_on = scenes.expanding(change, crew)
    scenes.wait_for(going_on, crew, every=0.02)

    def strike():
        with test_database.connect("superuser") as superuser:
            superuser.execute(CUT_THE_CREW)

    struck = scenes.strike_while(going_on, strike, times=3, every=1)
    figures.at_least("database_cut.times", struck, 1)
    in_doubt = scenes.settle_what_was_cut_off(clock, crew)
    figures.at_most("database_cut.in_doubt", in_doubt, struck * 2 * 50)
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    told_all("database_cut", change, people, in_doubt)


@only_redis
def test_workers_are_killed_while_it_takes_effect(crew, sink, figures, people, letters, clock):
    people = people // SOME
    accounts = make_crowd(people, letters=letters)
    start(crew)
    change = scenes.approved(accounts)
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    before = len([t for t in crew.tasks("began") if t["task"] == "notices.take_effect"])
    clock.set(change.effective_at)

    def going_on():
        began = [t for t in crew.tasks("began") if t["task"] == "notices.take_effect"]
        return len(began) > before and not scenes.has_reached(change, "complete")

    scenes.wait_for(going_on, crew, every=0.02)

    struck = scenes.strike_while(going_on, lambda: kill_the_worker(crew), times=3, every=0.5)
    figures.at_least("worker_killed_in_effect.times", struck, 1)
    scenes.wait_for(lambda: scenes.has_reached(change, "complete"), crew)
    in_doubt = scenes.settle_what_was_cut_off(clock, crew)
    figures.at_most("worker_killed_in_effect.in_doubt", in_doubt, struck * 2 * 50)
    scenes.judge_effect(figures, "worker_killed_in_effect", change, people=people)
    scenes.judge_telling(
        figures, "worker_killed_in_effect", change, phase="in_effect", people=people
    )
    scenes.judge_sending(figures, "worker_killed_in_effect", crew, sink, in_doubt=in_doubt)


@only_redis
def test_workers_are_killed_while_they_send(crew, sink, figures, people, letters, told_all, clock):
    people = people // SOME
    accounts = make_crowd(people, letters=letters)
    start(crew)
    change = scenes.approved(accounts)

    def going_on():
        return 0 < len(sink.letters()) < min(people, letters)

    scenes.wait_for(going_on, crew, every=0.02)
    struck = scenes.strike_while(going_on, lambda: kill_the_worker(crew), times=3, every=0.5)
    figures.at_least("worker_killed_sending.times", struck, 1)
    in_doubt = scenes.settle_what_was_cut_off(clock, crew)
    figures.at_most("worker_killed_sending.in_doubt", in_doubt, struck * 2 * 50)
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    told_all("worker_killed_sending", change, people, in_doubt)


def test_two_workers_and_two_timetables(crew, sink, figures, people, letters, told_all, clock):
    people = people // SOME
    name = f"doubled_{crew.broker.name}"
    accounts = make_crowd(people, letters=letters)
    for number in (1, 2):
        crew.worker(f"worker{number}")
        crew.beat(f"beat{number}")
    crew.wait_for_worker("worker1")
    crew.wait_for_worker("worker2")
    change = scenes.approved(accounts)
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    told_all(name, change, people)
    scenes.let_it_take_effect(change, clock, crew)
    scenes.judge_effect(figures, name, change, people=people)
    scenes.judge_telling(figures, name, change, phase="in_effect", people=people)


def test_staff_approve_while_the_broker_is_away(crew, sink, figures):
    name = f"broker_away_{crew.broker.name}"
    _person, account = make_customer()
    change = scenes.proposed([account])
    _supervisor, browser = staff("supervisor")
    crew.broker.kill()
    began = time.monotonic()
    confirm(browser, step("approve", change))
    figures.at_most(f"{name}.seconds_of_both_pages", time.monotonic() - began, 5)
    figures.exactly(f"{name}.approved", int(scenes.has_reached(change, "approved")), 1)
    crew.worker()
    crew.beat()
    crew.broker.start()
    seconds = scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    figures.at_most(f"{name}.seconds_until_told_once_it_is_back", seconds, 90)
    scenes.judge_sending(figures, name, crew, sink)


@only_redis
def test_an_effect_waits_for_no_expansion_and_no_sending(crew, sink, figures, people, letters):
    accounts = make_crowd(people, letters=letters)
    _person, account = make_customer()
    start(crew)
    at_once = {"at_once": True, "grounds": "In other hands", "in_days": 0}
    first = scenes.proposed([account], service="speech", **at_once)
    second = scenes.proposed([account], service="video", **at_once)
    large = scenes.approved(accounts)
    going_on = scenes.expanding(large, crew)

    scenes.wait_for(going_on, crew, every=0.02)
    seconds = scenes.effect_of(first, crew)
    figures.at_most("effect_during_expansion.seconds", seconds, 10)
    figures.exactly("effect_during_expansion.still_expanding", int(going_on()), 1)

    scenes.wait_for(lambda: bool(sink.letters()) and not going_on(), crew)
    unsent = Delivery.objects.open()
    seconds = scenes.effect_of(second, crew)
    figures.at_most("effect_during_sending.seconds", seconds, 10)
    figures.at_least(
        "effect_during_sending.still_to_send", unsent.count(), min(people, letters) // 10
    )
