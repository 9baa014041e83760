"""Two at once about the exemptions of one account: one goes after the other (3.6.2)."""

import pytest

from accounts import label_exemptions
from accounts.access import Explicit, decide
from accounts.models import LabelApplication, LabelExemption
from common.clock import now
from tests.accounts.exempting import ask, bind, exempt, make_staff, owner_of, propose, revoke
from tests.accounts.making import make_account
from tests.plumbing.together import refusals, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account():
    return make_account()


def test_two_who_ask_at_once_have_one_application(account):
    bind(account)
    came_to = together(lambda: ask(account), lambda: ask(account))

    assert len(refusals(came_to)) == 1
    assert LabelApplication.objects.count() == 1


def test_two_who_grant_at_once_grant_once(account):
    application = ask(account)
    proposal = propose(application)

    def grants(by):
        return lambda: label_exemptions.approve(
            application=application, digest=proposal.digest, reason="Agreed", by=by, at=now()
        )

    came_to = together(grants(make_staff()), grants(make_staff()))

    assert len(refusals(came_to)) == 1
    assert LabelExemption.objects.count() == 1


def test_granted_or_taken_back_and_never_both(account):
    application = ask(account)
    proposal = propose(application)
    supervisor, owner = make_staff(), owner_of(account)
    came_to = together(
        lambda: label_exemptions.approve(
            application=application, digest=proposal.digest, reason="Yes", by=supervisor, at=now()
        ),
        lambda: label_exemptions.withdraw(application=application, by=owner),
    )

    assert len(refusals(came_to)) == 1
    taken_back = hasattr(LabelApplication.objects.get(), "end")
    assert LabelExemption.objects.exists() is not taken_back


def test_revoked_and_given_up_at_once_it_ends_once(account):
    [granted] = exempt(account)
    officer, owner = make_staff("compliance"), owner_of(account)
    came_to = together(
        lambda: revoke(granted, by=officer),
        lambda: label_exemptions.give_up(exemption=granted, by=owner, at=now()),
    )

    assert len(refusals(came_to)) == 1
    labels = decide(account=account, service=None, at=now()).labels
    assert labels.explicit is Explicit.REQUIRED
