"""From accounts to messages: in batches, byte for byte what Python renders, and once."""

import threading

import pytest
from django.db import connection, connections, transaction

from accounts.models import Account, Membership, User
from common.clock import now
from notices import audiences, changes, expansion, progress
from notices.exceptions import BatchRaced
from notices.models import (
    Channel,
    Delivery,
    Expansion,
    ExpansionBatch,
    ExpansionCompletion,
    Notice,
    NoticeAccount,
    RenderedBody,
    Selection,
    ServiceChange,
)
from notices.rendering import render, values
from tests.accounts.making import make_person
from tests.notices.making import approve, make_customer, make_organization, plan, propose
from tests.plumbing.crowd import told as counted
from tests.plumbing.thousands import make_thousands

NAMES = [
    "Ann",
    "100% Cotton %1$s %s %% %",
    "${accounts} $name $$",
    "\\1 \\n {0} {name}",
    "李华 “引号” 'x' \"y\" é 🙂",
    "%2$s%3$s",
    "x" * 120,
]


def approved(**contents):
    change = plan(**contents)
    propose(change)
    approve(change)
    return ServiceChange.objects.get(pk=change.pk)


def write(change):
    while progress.step(change, at=now()):
        pass


def make_named(name, *, accounts=0, **fields):
    """A person of that name, whose accounts are called so too."""
    person, own = make_customer(**{"name": name, "contact_email": "a@example.com", **fields})
    others = [make_organization(person, name=f"{name[:100]} {n % 7}") for n in range(accounts)]
    return person, [own, *others]


def rendered_by_python(change, person, accounts, channel):
    in_order = Account.objects.filter(pk__in=[one.pk for one in accounts]).order_by("name", "pk")
    template = change.templates.get(phase="announced", channel=channel, language=person.language)
    return render(
        template,
        values(
            change,
            language=person.language,
            zone=person.time_zone,
            name=person.name,
            accounts=list(in_order),
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("accounts", [0, 2, 49, 50, 60])
def test_the_database_fills_a_text_as_python_does(language, accounts):
    everybody = [
        make_named(name, accounts=accounts if number == 1 else 0, language=language, time_zone=zone)
        for number, name in enumerate(NAMES)
        for zone in (["Europe/Berlin", "Asia/Shanghai"] if number == 0 else ["Asia/Shanghai"])
    ]
    change = approved(
        audience="everyone",
        reason_en="Costs rose 5% (see $10, %s and %1$s)",
        reason_zh_hans="费用上涨 5%，见 $10、%s",
        title_en="100%",
    )
    write(change)
    for person, own in everybody:
        notice = Notice.objects.select_related("body").get(recipient=person)
        bodies = {Channel.INBOX: notice.body}
        for delivery in notice.deliveries.select_related("body"):
            bodies[delivery.channel] = delivery.body
        assert set(bodies) == {"inbox", "email", "sms"}
        for channel, body in bodies.items():
            expected = rendered_by_python(change, person, own, channel)
            assert (body.subject, body.body) == (expected.subject, expected.body)
            assert body.sha256 == expected.sha256


@pytest.mark.django_db
def test_people_and_accounts_without_a_name_have_their_identifiers():
    """The pages ask for a name; what was written otherwise still gets its letter."""
    person, own = make_customer(language="en")
    User.objects.filter(pk=person.pk).update(name="")
    Account.objects.filter(pk=own.pk).update(name="")
    person.refresh_from_db()
    change = approved(audience="everyone")
    write(change)
    body = Notice.objects.get(recipient=person).body
    assert body.body == rendered_by_python(change, person, [own], "inbox").body
    assert f"- {own.public_id} ({own.public_id})" in body.body


@pytest.mark.django_db
def test_a_text_is_kept_once_whoever_gets_it():
    make_thousands(40, letters=0)
    change = approved(audience="everyone")
    write(change)
    # The text message names nobody: one for each language.
    assert Delivery.objects.filter(channel="sms").count() == 40
    texts = Delivery.objects.filter(channel="sms").values("body").distinct()
    assert texts.count() == 2
    assert RenderedBody.objects.count() == 40 + 2 + 2  # letters, text messages, announcement


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(expansion, "PEOPLE", 7)
    monkeypatch.setattr(expansion, "FEW_ACCOUNTS", 3)
    monkeypatch.setattr(audiences, "LOOKED_AT", 10)


@pytest.mark.django_db
def test_many_batches_come_to_the_same_as_one(small_batches):
    make_thousands(45, letters=20)
    make_organization(*User.objects.order_by("pk")[:30], name="Shared")
    change = approved(audience="everyone")
    write(change)
    assert [one.accounts for one in Selection.objects.order_by("pk")] == [10, 10, 10, 10, 6]
    opened = Expansion.objects.get()
    batches = list(opened.batches.order_by("number"))
    assert len(batches) > 6
    assert all(one.people <= 7 for one in batches)
    assert [one.upto_person for one in batches] == sorted({one.upto_person for one in batches})
    assert sum(one.people for one in batches) == opened.completion.people == 45
    assert sum(one.accounts for one in batches) == NoticeAccount.objects.count() == 45 + 30
    found = counted(change, "announced")
    assert (found.notices, found.people, found.twice, found.without_a_delivery) == (45, 45, 0, 0)


class Killed(BaseException):
    """As if the process were gone: nothing of ours catches it."""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_batches_leaves_no_gap_and_no_double(small_batches, monkeypatch):
    make_thousands(45, letters=20)
    change = approved(audience="everyone")
    write_one = expansion._write
    turns = {"left": 3}

    def dying(*args, **kwargs):
        written = write_one(*args, **kwargs)
        turns["left"] -= 1
        if not turns["left"]:
            raise Killed  # the batch is written, not committed
        return written

    monkeypatch.setattr(expansion, "_write", dying)
    with pytest.raises(Killed):
        write(change)
    assert ExpansionBatch.objects.count() == 2
    assert Notice.objects.count() == sum(one.people for one in ExpansionBatch.objects.all()) < 45
    assert not ExpansionCompletion.objects.exists()
    monkeypatch.setattr(expansion, "_write", write_one)
    write(change)
    found = counted(change, "announced")
    assert (found.notices, found.people, found.twice, found.without_a_delivery) == (45, 45, 0, 0)
    assert ExpansionCompletion.objects.get().people == 45


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_each_message_once(small_batches):
    make_thousands(60, letters=30)
    change = approved(audience="everyone")
    errors = []
    together = threading.Barrier(3)

    def run():
        try:
            connection.ensure_connection()
            together.wait(timeout=20)
            write(change)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=run) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
        assert not worker.is_alive()
    assert errors == []
    found = counted(change, "announced")
    assert (found.notices, found.people, found.twice, found.without_a_delivery) == (60, 60, 0, 0)
    numbers = list(ExpansionBatch.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert Expansion.objects.count() == ExpansionCompletion.objects.count() == 1


@pytest.mark.django_db
def test_a_language_that_changes_under_a_batch_undoes_it(monkeypatch):
    """The forms are made before the people are read again; nothing is written half."""
    person, own = make_customer(language="en")
    change = _approved_for(own)
    monkeypatch.setattr(expansion, "_forms", lambda _expansion, _kinds: [])
    progress.step(change, at=now())
    with pytest.raises(BatchRaced), transaction.atomic():
        progress.step(change, at=now())
    assert not Notice.objects.filter(recipient=person).exists()
    monkeypatch.undo()
    write(change)
    assert Notice.objects.filter(recipient=person).count() == 1


def _approved_for(*accounts):
    change = plan(*accounts)
    propose(change)
    approve(change)
    return ServiceChange.objects.get(pk=change.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "channels"),
    [
        ({}, {"email", "sms"}),
        ({"contact_email_verified_at": None}, {"sms"}),
        ({"contact_email": ""}, {"sms"}),
    ],
)
def test_a_message_goes_to_what_was_verified(fields, channels):
    person, own = make_customer(**fields)
    write(_approved_for(own))
    found = Delivery.objects.filter(notice__recipient=person)
    assert {one.channel for one in found} == channels
    assert set(expansion.addresses(person)) == channels


@pytest.mark.django_db
@pytest.mark.parametrize("role", Membership.Role.values)
def test_owners_and_administrators_are_told(role):
    own = make_organization(make_person())
    bob, _his = make_customer(name="Bob")
    Membership.objects.create(user=bob, account=own, role=role)
    write(_approved_for(own))
    assert Notice.objects.filter(recipient=bob).exists() == (role in ("owner", "admin"))


@pytest.mark.django_db
def test_who_may_not_sign_in_is_not_told():
    _ann, own = make_customer()
    bob, _his = make_customer(name="Bob", is_active=False)
    Membership.objects.create(user=bob, account=own, role="admin")
    write(_approved_for(own))
    assert not Notice.objects.filter(recipient=bob).exists()


@pytest.mark.django_db
def test_a_correction_says_what_it_replaces():
    person, own = make_customer(language="en")
    first = _approved_for(own)
    write(first)
    correction = changes.correct(change=first, planned_by=first.planned_by)
    propose(correction)
    approve(correction)
    write(correction)
    body = Notice.objects.get(expansion__change=correction, recipient=person).body.body
    assert f"This replaces our notice {first.public_id}." in body
    assert rendered_by_python(correction, person, [own], "inbox").body == body
