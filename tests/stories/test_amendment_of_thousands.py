"""An amendment for 10,000 accounts of which 37 bounce everywhere (clauses 1.3, 14.3)."""

from datetime import timedelta

import pytest

from accounts import access, amendments, uses
from accounts.models import Account, ContinuedUse, Membership, Permit, VersionInForce
from common.clock import now
from common.messaging import Provider, Submission, Verdict
from notices import announced, delivering, gate, progress, standings, tasks
from notices.models import Attempt, Delivery, Failure, Notice
from tests.accounts.making import make_service
from tests.notices.making import approve, make_officer, plan, propose
from tests.plumbing.receiving import use_provider
from tests.plumbing.thousands import make_thousands
from tests.stories.telling import contents_of, fresh

pytestmark = pytest.mark.django_db
ACCOUNTS = 10_000
UNREACHABLE = 37
REFUSED = 20  # of those by the mail server; the other letters come back later
LETTERS = 77  # so many have an e-mail address at all


def is_unreachable(address):
    return int(address[-8:]) < UNREACHABLE


class Fast(Provider):
    """An SMS provider that takes all but those to the 37: not tonight, and then never."""

    verdict_on_the_37 = Verdict.REJECTED_FOR_NOW
    taken = 0

    def send(self, batch):
        verdicts = [
            type(self).verdict_on_the_37 if is_unreachable(one.address) else Verdict.ACCEPTED
            for one in batch
        ]
        type(self).taken += verdicts.count(Verdict.ACCEPTED)
        return [
            Submission(reference=one.reference, verdict=verdict)
            for one, verdict in zip(batch, verdicts, strict=True)
        ]


@pytest.fixture
def provider(monkeypatch, settings):
    use_provider(settings, "sms", Fast)
    monkeypatch.setattr(Fast, "verdict_on_the_37", Verdict.REJECTED_FOR_NOW)
    monkeypatch.setattr(Fast, "taken", 0)
    # Batches of a test that holds one transaction anyway.
    monkeypatch.setattr(delivering, "BATCH", 2_000)
    return Fast


def owner_of(account):
    return Membership.objects.get(account=account, role="owner").user


@pytest.mark.django_db(transaction=True)
def test_the_37_come_later_and_hold_up_nobody(clock, mailbox, provider, as_owner):
    make_thousands(ACCOUNTS, letters=LETTERS)
    service = make_service()
    accounts = list(Account.objects.order_by("holder__phone"))
    lost, reached = accounts[:UNREACHABLE], accounts[UNREACHABLE:]
    for number in range(REFUSED):
        mailbox.refuse[f"many-{number}@example.com"] = "550 no such mailbox"
    told_at = now()
    planned = gate.opens_if_told(told_at=told_at, lead_days=7, zone="Asia/Shanghai")
    contents = contents_of("amendment") | {"audience": "everyone", "effective_at": planned}
    change = plan(planned_by=make_officer(), **contents)
    propose(change)
    approve(change)

    # The evening: everybody is written to.
    progress.write_messages()
    assert fresh(change).concerned_count == ACCOUNTS
    assert Notice.objects.count() == ACCOUNTS
    tasks.send_email()
    tasks.send_sms()
    assert len(mailbox.messages) == LETTERS - REFUSED
    assert provider.taken == ACCOUNTS - UNREACHABLE
    assert fresh(change).state == "announcing"  # 37 text messages are being retried

    # As the server does by itself in time; without, it may take the new tables for empty.
    as_owner.execute("ANALYZE")

    # The day after: the other letters come back, and so do the last text messages.
    clock.set(planned - timedelta(days=6, hours=12))
    provider.verdict_on_the_37 = Verdict.REJECTED_FOR_GOOD
    tasks.send_sms()
    letters = [f"many-{number}@example.com" for number in range(REFUSED, UNREACHABLE)]
    for attempt in Attempt.objects.filter(delivery__address__in=letters):
        delivering.record_bounce(attempt=attempt, reason="5.1.1 unknown user", answer={})
    assert Failure.objects.count() == 2 * UNREACHABLE
    assert Delivery.objects.filter(state="failed").count() == 2 * UNREACHABLE
    assert fresh(change).state == "announced"
    later = planned + timedelta(days=1)
    assert {gate.earliest_effect(change, account) for account in lost} == {later}
    tally = standings.reckon(fresh(change), at=now())
    assert (tally.accounts, tally.told, tally.late) == (ACCOUNTS, ACCOUNTS, UNREACHABLE)
    assert set(change.at_risk.values_list("account", "cause", "opens_at")) == {
        (account.pk, "late", later) for account in lost
    }

    # Two customers answer before the date: one objects, one accepts.
    objector, accepter = reached[0], reached[1]
    version = change.agreement_version
    amendments.object_to(
        user=owner_of(objector), account=objector, version=version, reason="No", ip_address=None
    )
    amendments.accept(
        user=owner_of(accepter),
        account=accepter,
        text=version.texts.get(language="en"),
        ip_address=None,
        user_agent="",
        at=now(),
    )

    # The date: it comes into force for all but the 37, and one is withheld services.
    clock.set(planned)
    assert progress.take_effect_all(at=now()) == ACCOUNTS - UNREACHABLE
    assert fresh(change).state == "taking_effect"
    assert VersionInForce.objects.count() == ACCOUNTS - UNREACHABLE - 1
    assert not Permit.objects.filter(account__in=lost).exists()
    denied = access.decide(account=objector, service=service, at=now())
    assert (denied.allowed, denied.clause) == (False, "14.3")
    assert access.decide(account=accepter, service=service, at=now()).allowed

    # Going on using a service is recorded as acceptance; accepting was one already.
    used = [reached[2], accepter, objector]
    uses.record(
        lines=[
            uses.Use(account=account.public_id, service=service.slug, used_at=now())
            for account in used
        ],
        at=now(),
    )
    assert amendments.record_continued_use(at=now()) == 1
    assert ContinuedUse.objects.get().account == reached[2]

    # A day later the 37, by best efforts: announcement and inbox stand in.
    clock.set(later - timedelta(seconds=1))
    assert progress.take_effect_all(at=now()) == 0
    clock.set(later)
    assert progress.take_effect_all(at=now()) == UNREACHABLE
    assert set(Permit.objects.filter(account__in=lost).values_list("not_before", flat=True)) == {
        later
    }
    assert fresh(change).state == "complete"
    assert amendments.in_force(account=lost[0], slug="terms", at=now()).version == version
    # The objector is on the way out, and may come back by accepting after all.
    amendments.accept(
        user=owner_of(objector),
        account=objector,
        text=version.texts.get(language="en"),
        ip_address=None,
        user_agent="",
        at=now(),
    )
    assert access.decide(account=objector, service=service, at=now()).allowed


def test_an_amendment_called_off_is_asked_about_no_more(clock, mailbox):
    make_thousands(3, letters=3)
    account = Account.objects.first()
    change = plan(
        planned_by=make_officer(), in_days=9, audience="everyone", **contents_of("amendment")
    )
    propose(change)
    approve(change)
    progress.write_messages()
    assert amendments.ahead_of(account=account, at=now()) == [change.agreement_version]
    announced.withdraw(change=change, withdrawn_by=make_officer(), reason="Redrafted", at=now())
    assert amendments.ahead_of(account=account, at=now()) == []
    clock.advance(days=30)
    assert progress.take_effect_all(at=now()) == 0
    assert not VersionInForce.objects.exists()
