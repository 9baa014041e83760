"""A little of each fault of sending, so that `make test` has seen it; `make faults` does all."""

import pytest

from tests.faults import sealed, sending
from tests.faults.figures import Figures
from tests.faults.test_sealed import superuser  # noqa: F401 -- a fixture
from tests.faults.test_sending import folder, post  # noqa: F401 -- fixtures

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def figures():
    """None may be short."""
    found = Figures()
    yield found
    assert found.lines
    assert found.short == [], found.lines


def test_killed_after_the_carrier_took_a_text(figures, folder, clock, monkeypatch):  # noqa: F811
    sending.texts_after_kills(figures, times=3, folder=folder, clock=clock, monkeypatch=monkeypatch)


def test_killed_after_the_server_took_a_letter(figures, folder, clock, post, monkeypatch):  # noqa: F811
    sending.letters_after_kills(
        figures, times=2, folder=folder, clock=clock, mailbox=post, monkeypatch=monkeypatch
    )


def test_four_workers(figures, folder):  # noqa: F811
    sending.many_workers(figures, people=300, workers=4, folder=folder)


def test_lost_answers_and_lost_receipts(figures, folder, clock):  # noqa: F811
    sending.time_outs(figures, people=60, folder=folder, clock=clock)


def test_receipts_that_never_come(figures, folder, clock):  # noqa: F811
    sending.lost_receipts(figures, people=30, folder=folder, clock=clock)


def test_a_stopped_worker(figures, folder, monkeypatch):  # noqa: F811
    sending.stopped_worker(figures, folder=folder, monkeypatch=monkeypatch)


def test_a_superuser_changes_what_was_sealed(figures, superuser):  # noqa: F811
    sealed.changed_rows(figures, superuser, people=20, times=2)
