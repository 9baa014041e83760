"""A message whose worker died is another's, and its work is not done twice."""

import pytest

from tests.faults import scenes
from tests.faults.figures import Figures
from tests.plumbing.crowd import make_crowd

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
]
PEOPLE = 1000


def test_without_any_timetable_another_worker_finishes(crew, sink):
    figures = Figures()
    crowd = make_crowd(PEOPLE)
    crew.worker()
    crew.wait_for_worker()
    change = scenes.approved(crowd)
    scenes.wait_for(lambda: bool(crew.tasks("began")), crew, every=0.01)
    crew.kill("worker")
    assert crew.tasks("ended") == []
    crew.broker.give_back()
    crew.worker("another")
    scenes.wait_for(lambda: scenes.has_reached(change, "announced"), crew)
    scenes.judge_telling(figures, "redelivered", change, phase="announced", people=PEOPLE)
    scenes.judge_sending(figures, "redelivered", crew, sink)
    assert figures.short == [], figures.lines
