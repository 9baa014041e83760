"""A client's requests of a minute: shared by processes, never overspent, without a row each."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import RequestBudget, ServiceClient
from accounts.request_budgets import Budgets
from common import clock
from tests.accounts.making import make_person
from tests.plumbing.together import together


@pytest.fixture
def client(db):
    return ServiceClient.issue(name="gateway", scopes=[], created_by=make_person())[0]


@pytest.fixture
def at(db):
    """The beginning of a minute: what a test takes of it is of one minute."""
    return clock.now().replace(second=0, microsecond=0)


def let_in(budgets, client, *, most, at, times):
    return sum(budgets.take(client=client.pk, most=most, at=at) == 0 for _turn in range(times))


@pytest.mark.parametrize("most", [1, 2, 15, 16, 17, 100, 601])
def test_a_process_gets_the_whole_budget_and_no_more(client, at, most):
    assert let_in(Budgets(), client, most=most, at=at, times=most + 50) == most


def test_several_processes_share_one_budget(client, at):
    processes = [Budgets() for _turn in range(5)]
    taken = 0
    for turn in range(2_000):
        taken += let_in(processes[turn % 5], client, most=600, at=at, times=1)
    assert taken == 600


def test_who_has_asked_too_often_is_told_how_long_to_wait(client, at):
    budgets = Budgets()
    for seconds, wait in ((0, 0), (1, 59), (59, 1), (60, 0)):
        moment = at + timedelta(seconds=seconds)
        assert budgets.take(client=client.pk, most=1, at=moment) == wait


def test_one_clients_budget_is_not_anothers(client, at):
    other, _secret = ServiceClient.issue(name="other", scopes=[], created_by=make_person())
    budgets = Budgets()
    assert let_in(budgets, client, most=3, at=at, times=10) == 3
    assert let_in(budgets, other, most=3, at=at, times=10) == 3


def test_a_budget_that_was_raised_counts_at_once(client, at):
    budgets = Budgets()
    assert let_in(budgets, client, most=3, at=at, times=10) == 3
    assert let_in(budgets, client, most=5, at=at, times=10) == 2
    assert let_in(budgets, client, most=4, at=at, times=10) == 0


def test_a_process_that_lags_spends_of_the_minute_that_has_begun(client, at):
    ahead, behind = Budgets(), Budgets()
    assert let_in(ahead, client, most=10, at=at + timedelta(seconds=60), times=4) == 4
    assert let_in(behind, client, most=10, at=at + timedelta(seconds=59), times=20) == 6
    assert RequestBudget.objects.get().minute == at + timedelta(seconds=60)


def test_a_request_costs_no_statement(client, at):
    budgets = Budgets()
    with CaptureQueriesContext(connection) as captured:
        assert let_in(budgets, client, most=60_000, at=at, times=60_000) == 60_000
    assert len(captured) < 200
    with CaptureQueriesContext(connection) as captured:
        assert let_in(budgets, client, most=60_000, at=at, times=100) == 0
    assert len(captured) <= 1


@pytest.mark.django_db(transaction=True)
def test_processes_that_ask_at_the_same_moment_overspend_nothing():
    client, _secret = ServiceClient.issue(name="gateway", scopes=[], created_by=make_person())
    at = clock.now().replace(second=0, microsecond=0)
    came_to = together(
        # Each asks until it is refused: who stops before may leave some of its share.
        *[lambda: let_in(Budgets(), client, most=200, at=at, times=201) for _turn in range(4)]
    )
    assert sum(came_to) == 200
