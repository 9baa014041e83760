"""Names chosen at the very moment when something is decided or done about them (1.2.5)."""

import threading

import pytest
from django.db import connection

from accounts.models import Account
from common.clock import now
from common.exceptions import BackOfficeError
from compliance import names
from compliance.models import Case, Decision, NameCancellation
from notices import progress
from tests.accounts.making import make_person
from tests.compliance.deciding import approve
from tests.notices.making import make_organization
from tests.stories.telling import told, work
from tests.stories.test_names import against_the_name, decided, name_of, rename

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_english"),
]


@pytest.fixture
def lab(db):
    owner = make_person(name="Owner", language="en")
    return owner, make_organization(owner, name="网信办实验室")


def at_once(*acts):
    """Runs all acts at the same moment; the refusals of each, "" for none."""
    start, outcomes = threading.Barrier(len(acts)), {}

    def run(number, act):
        try:
            start.wait()
            act()
            outcomes[number] = ""
        except BackOfficeError as refusal:
            outcomes[number] = type(refusal).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Whatever else an act ended with, a deadlock say, is no outcome.
    assert sorted(outcomes) == list(range(len(acts)))
    return [outcomes[number] for number in range(len(acts))]


@pytest.mark.parametrize("again", range(3))
def test_another_name_and_the_deadline_at_once(lab, clock, again):
    owner, account = lab
    decision = decided(account)
    change = decision.effect.change
    work()
    clock.set(change.effective_at)
    renamed, done = at_once(
        lambda: rename(account, "海港实验室", by=owner),
        lambda: progress.take_effect(change, at=now()),
    )
    assert done == ""
    work()
    if renamed:
        # The job was first: the person is told, and may choose once more.
        assert renamed == "EditedMeanwhile"
        assert NameCancellation.objects.count() == 1
        rename(account, "海港实验室", by=owner)
    elif not NameCancellation.objects.exists():
        assert told(owner, "in_effect") == []
    assert name_of(account) == "海港实验室"
    assert not names.pending(account).exists()


@pytest.mark.parametrize("again", range(3))
def test_another_name_and_the_approval_at_once(lab, again):
    owner, account = lab
    decision = against_the_name(account)
    renamed, approved = at_once(
        lambda: rename(account, "海港实验室", by=owner), lambda: approve(decision)
    )
    assert (renamed, approved) in [("", ""), ("", "Stale")]
    assert name_of(account) == "海港实验室"
    # Stale, and looked into again; or approved first, and met by the other name at once.
    assert not names.pending(account).exists()
    current = Decision.objects.get(pk=decision.pk)
    assert hasattr(current, "approval") != hasattr(current, "rejection")


def test_a_doubtful_name_and_the_approval_at_once(lab):
    owner, account = lab
    decision = against_the_name(account)
    renamed, approved = at_once(
        lambda: rename(account, "某某公安局", by=owner), lambda: approve(decision)
    )
    if approved == "":
        assert renamed == "NameRefused"
    else:
        assert (renamed, approved) == ("", "Stale")
        assert Case.objects.get().name_doubts.count() == 1


def test_many_names_for_one_account_at_once(lab):
    owner, account = lab
    outcomes = at_once(*(lambda n=n: rename(account, f"客服{n}", by=owner) for n in range(6)))
    assert set(outcomes) <= {"", "EditedMeanwhile"}
    assert outcomes.count("") >= 1
    assert Case.objects.count() == 1
    assert Case.objects.get().name_doubts.count() == outcomes.count("")
    assert Account.objects.get(pk=account.pk).edition == 1 + outcomes.count("")
