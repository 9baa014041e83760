"""Gateways say what they have applied; staff see on how many a block is in force."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from accounts import gateway_alarms, tasks
from accounts.enforcement import applied, sequencer
from accounts.models import (
    EnforcementFeed,
    Gateway,
    GatewayAcknowledgement,
    GatewayAlarm,
    Lifting,
    PlatformRestriction,
    Restriction,
    ServiceClient,
)
from accounts.models.gateways import LiveFeed
from common import clock
from notices import progress
from tests.accounts.making import make_account, make_person, make_service, restrict
from tests.desk.signing_in import staff
from tests.notices import making
from tests.notices.making import make_staff

ADDRESS = "/api/v1/enforcement/applied"


def issue(name, *scopes):
    return ServiceClient.issue(
        name=name, scopes=scopes or ["enforcement:apply"], created_by=make_person()
    )


@pytest.fixture
def token(ungated, db):
    return issue("gateways")[1]


@pytest.fixture
def say(client, token):
    def say(sequence, *, gateway="cn-south-1", feed=None, token=token, body=None, **more):
        sent = {
            "gateway": gateway,
            "feed": str(feed or live().live_as),
            "sequence": sequence,
            **more,
        }
        return client.post(
            ADDRESS,
            sent if body is None else body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"},
        )

    return say


def live():
    return EnforcementFeed.objects.annotate(live_as=LiveFeed()).get()


def entries(number):
    """That many restrictions, each with its number in the feed."""
    made = [restrict(make_account()) for _ in range(number)]
    sequencer.number_all()
    return made


def standing(gateway="cn-south-1"):
    return Gateway.objects.present().get(name=gateway)


# --- saying ---------------------------------------------------------------------------------


def test_the_highest_number_counts_in_whatever_order_and_however_often(say):
    entries(3)
    answers = [say(sequence) for sequence in (2, 1, 3, 3, 2)]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[0]["Cache-Control"] == "no-store"
    assert [answer.json() for answer in answers] == [{"sequence": n} for n in (2, 2, 3, 3, 3)]
    assert standing().sequence == 3
    kept = GatewayAcknowledgement.objects.order_by("sequence")
    assert list(kept.values_list("sequence", flat=True)) == [2, 3]


def test_a_report_says_when_it_was_heard_and_when_it_went_on(say, clock):
    entries(1)
    say(1)
    first = standing()
    clock.advance(seconds=20)
    say(0)
    again = standing()

    assert again.applied_at == first.applied_at == first.first_heard_at
    assert again.heard_at - first.heard_at >= timedelta(seconds=20)


@pytest.mark.parametrize(
    ("sent", "parameter"),
    [
        ({"sequence": 2}, "sequence"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**63}, "sequence"),
        ({"sequence": "one"}, "sequence"),
        ({"gateway": "a\x00b"}, "gateway"),
        ({"gateway": "华南"}, "gateway"),
        ({"gateway": ""}, "gateway"),
        ({"gateway": "x" * 61}, "gateway"),
        ({"feed": "no"}, "feed"),
        ({"feed": False}, "feed"),
        ({"feed": 0}, "feed"),
        ({"feed": "0" * 32}, "feed"),
        ({"feed": "-" * 36}, "feed"),
        ({"more": 1}, "more"),
    ],
)
def test_what_cannot_be_is_refused_by_name(say, sent, parameter):
    entries(1)
    whole = {"gateway": "cn-south-1", "feed": str(live().live_as), "sequence": 1, **sent}
    answer = say(0, body=whole)

    assert answer.status_code == 400
    assert {error["parameter"] for error in answer.json()["errors"]} == {parameter}
    assert not Gateway.objects.exists()


@pytest.mark.parametrize("body", ["[]", "7", '"x"', "{", "x" * 20_000])
def test_what_is_no_report_is_refused(say, body):
    assert say(0, body=body).status_code in (400, 413)


def test_another_feed_is_gone(say):
    answer = say(0, feed=uuid.uuid4())

    assert (answer.status_code, answer.json()["code"]) == (410, "gone")


def test_who_has_not_the_scope_may_not(say):
    assert say(0, token=issue("reader", "enforcement:read")[1]).status_code == 403
    assert say(0, token="aps_none").status_code == 401
    assert not Gateway.objects.exists()


def test_a_name_belongs_to_the_client_that_came_first(say):
    entries(2)
    say(1)
    answer = say(2, token=issue("another")[1])

    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert standing().sequence == 1


def test_there_are_not_any_number_of_gateways(say, monkeypatch):
    monkeypatch.setattr(applied, "MOST_GATEWAYS", 1)
    assert say(0).status_code == 200
    assert say(0, gateway="cn-south-2").status_code == 409
    assert say(0).status_code == 200


def test_a_feed_that_is_another_one_begins_anew(say, as_owner):
    entries(3)
    say(3)
    Gateway.objects.update(feed=uuid.uuid4(), sequence=900)

    assert say(1).json() == {"sequence": 1}
    assert standing().feed == live().live_as


# --- on how many ----------------------------------------------------------------------------


def how_far(restrictions):
    return applied.of_restrictions(restrictions)


def watch():
    return tasks.watch_gateways()


def of_change(change):
    return applied.of_change(change)


def shown(restrictions):
    found = how_far(Restriction.objects.filter(pk__in=[r.pk for r in restrictions]))
    return found and (found.on, found.of)


def test_a_block_is_applied_on_those_that_reached_its_number(say, clock):
    say(0, gateway="a"), say(0, gateway="b")
    first, second = restrict(make_account()), restrict(make_account())
    assert shown([first]) == (0, 2)
    sequencer.number_all()
    assert shown([first]) == (0, 2)
    clock.advance(seconds=2)
    say(1, gateway="a")
    assert (shown([first]), shown([second]), shown([first, second])) == ((1, 2), (0, 2), (0, 2))
    clock.advance(seconds=5)
    say(2, gateway="a"), say(2, gateway="b")

    found = how_far(Restriction.objects.filter(pk=first.pk))
    assert 7 <= found.slowest.total_seconds() < 9
    assert found.in_words().startswith("applied on 2 of 2 gateways, slowest 7.")
    assert found.in_words().endswith(" s")


def test_a_lifting_is_applied_when_its_own_number_is_reached(say):
    [restriction] = entries(1)
    say(1)
    assert shown([restriction]) == (1, 1)
    Lifting.record(restriction=restriction, lifted_by=make_person(), reason="Paid")
    assert shown([restriction]) == (0, 1)
    sequencer.number_all()
    assert shown([restriction]) == (0, 1)
    say(2)
    assert shown([restriction]) == (1, 1)


def test_a_gateway_that_came_later_has_no_time_and_one_of_another_feed_has_nothing(say):
    [restriction] = entries(1)
    say(1)
    assert how_far(Restriction.objects.all()).slowest is None
    Gateway.objects.update(feed=uuid.uuid4())
    assert shown([restriction]) == (0, 1)


def test_nothing_is_said_where_no_gateway_reports_or_nothing_was_taken_away(say):
    [restriction] = entries(1)
    assert shown([restriction]) is None
    say(1)
    assert how_far(Restriction.objects.none()) is None
    assert applied.of_everybody(PlatformRestriction.objects.all()) is None
    assert of_change(restriction.permit.change).on == 1


def test_reports_are_forgotten_as_entries_are_and_nothing_false_is_said_then(say, clock):
    say(0)
    [restriction] = entries(1)
    say(1)
    clock.advance(days=31)
    say(1)
    assert applied.forget(at=clock_now()) == 2
    found = how_far(Restriction.objects.filter(pk=restriction.pk))
    assert (found.on, found.slowest) == (1, None)


def clock_now():
    return clock.now()


# --- trouble --------------------------------------------------------------------------------


def with_standing():
    return Gateway.objects.with_standing(clock.now())


def troubled():
    return Gateway.objects.in_trouble(clock.now())


def in_trouble():
    found = troubled().order_by("name")
    return [(one.name, one.is_silent, one.is_behind) for one in found]


def test_one_that_lacks_an_entry_for_too_long_is_behind(say, clock):
    say(0)
    entries(1)
    assert in_trouble() == []
    clock.advance(seconds=31)
    say(0)
    assert in_trouble() == [("cn-south-1", False, True)]
    say(1)
    assert in_trouble() == []
    assert with_standing().get().behind == 0


def test_one_that_is_not_heard_of_is_silent(say, clock):
    say(0)
    clock.advance(seconds=59)
    assert in_trouble() == []
    clock.advance(seconds=2)
    assert in_trouble() == [("cn-south-1", True, False)]


def make_watcher(permission="remove_gateway"):
    person = make_staff(
        name="W", contact_email="w@example.com", contact_email_verified_at=clock_now(),
        language="en",
    )  # fmt: skip
    person.groups.get().permissions.add(Permission.objects.get(codename=permission))
    return person


def test_staff_are_told_once_in_four_hours_of_each_state(say, clock, mailbox):
    make_watcher()
    say(0)
    entries(2)
    clock.advance(seconds=40)
    say(0)
    for _again in range(3):
        assert watch()["alarms"] == (not _again)
    [message] = mailbox.messages
    assert message["Subject"] == "Gateway cn-south-1 is behind"
    assert "lacks 2 entries" in message.get_content()
    assert f"/admin/accounts/gateway/{standing().pk}/change/" in message.get_content()
    clock.advance(seconds=61)
    watch()
    assert mailbox.messages[1]["Subject"] == "Gateway cn-south-1 is silent"
    clock.advance(hours=4)
    watch()
    assert len(mailbox.messages) == 3
    assert [alarm.told for alarm in GatewayAlarm.objects.all()] == [1, 1, 1]


def test_a_mail_server_that_is_away_loses_no_alarm(say, clock, mailbox, settings):
    make_watcher()
    say(0)
    clock.advance(seconds=61)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert gateway_alarms.raise_all(at=clock_now()) == 0
    settings.EMAIL_PORT = port
    assert gateway_alarms.raise_all(at=clock_now()) == 1


# --- at the desk ----------------------------------------------------------------------------


def test_the_desk_shows_gateways_and_what_is_applied(say, clock):
    [restriction] = entries(1)
    say(1, gateway="a"), say(0, gateway="b")
    clock.advance(seconds=31)
    say(1, gateway="a")
    _user, browser = staff("compliance")

    page = browser.get("/admin/accounts/gateway/").content.decode()
    assert "up to date" in page
    assert "silent" not in page.partition('id="result_list"')[2].partition("up to date")[0]
    assert "behind" in page
    page = browser.get(f"/admin/accounts/restriction/{restriction.pk}/change/").content.decode()
    assert "applied on 1 of 2 gateways" in page
    trouble = browser.get("/admin/accounts/gateway/?standing=trouble").content.decode()
    assert ">b<" in trouble
    assert ">a<" not in trouble
    page = browser.get(f"/admin/accounts/gateway/{standing('b').pk}/change/").content.decode()
    assert "heard of" in page
    assert "Remove…" not in page


def test_a_gateway_is_removed_with_a_reason_and_is_new_when_it_reports_again(say):
    entries(1)
    say(1)
    gone = standing()
    user, browser = staff("supervisor")
    address = f"/admin/accounts/gateway/acts/remove/?pks={gone.pk}"
    page = browser.get(address)
    assert "still reports" in page.content.decode()
    sent = {"reason": "Taken out of service", "seen": page.context["seen"]}
    assert browser.post(address, sent).status_code == 302
    gone.refresh_from_db()
    assert (gone.removed_by, gone.removed_at is not None) == (user, True)
    assert not Gateway.objects.present().exists()
    assert not gone.remove(at=clock_now(), removed_by=user)
    assert Gateway.objects.get(pk=gone.pk).removed_at == gone.removed_at

    say(1, token=issue("another")[1])
    assert standing().pk != gone.pk


@pytest.mark.django_db
def test_the_page_of_a_change_says_on_how_many_gateways_it_is_applied(client):
    _person, account = making.make_customer()
    change = making.plan(
        account, service=make_service(), at_once=True, grounds="In other hands", in_days=0
    )
    making.propose(change)
    making.approve(change)
    progress.take_effect_all(at=clock.now())
    sequencer.number_all()
    here = issue("gateways")[0]
    applied.report(
        client=here, gateway="a", feed=live().live_as, sequence=live().last, at=clock.now()
    )
    applied.report(client=here, gateway="b", feed=live().live_as, sequence=0, at=clock.now())
    _user, browser = staff("compliance")

    page = browser.get(f"/admin/notices/servicechange/{change.pk}/change/").content.decode()
    assert "Applied on 1 of 2 gateways" in page
