"""The worst of `make faults` for a few hundred people, so that `make test` has seen it.

With Redis only: RabbitMQ takes its time to start again."""

import pytest

from tests.faults import scenes
from tests.faults.figures import Figures
from tests.plumbing.crowd import make_crowd

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_a_broker_wiped_while_messages_are_written(crew, sink, clock):
    people, figures = 500, Figures()
    crowd = make_crowd(people)
    crew.worker()
    crew.beat()
    crew.wait_for_worker()
    change = scenes.approved(crowd)
    scenes.wait_for(lambda: bool(crew.tasks("began")), crew, every=0.02)
    crew.broker.wipe()
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    scenes.judge_telling(figures, "wiped", change, phase="announced", people=people)
    scenes.judge_sending(figures, "wiped", crew, sink)
    assert figures.short == [], figures.lines
