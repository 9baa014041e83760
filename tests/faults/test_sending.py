"""The faults of sending, in full: see docs/faults.md."""

import json
import os
import time

import pytest
from django.test import Client

from common.clock import now
from notices.models import Delivery, PostedReceipts
from tests.faults import scenes, sending
from tests.notices.making import make_announced, make_customer
from tests.notices.test_receipts import judge_orders
from tests.plumbing.carrier import HEADER, carrier_settings, receipt, sign, taken
from tests.plumbing.crowd import make_crowd

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

KILLS = int(os.environ.get("FAULTS_KILLS", "200"))
MESSAGES = int(os.environ.get("FAULTS_MESSAGES", "10000"))
only_redis = pytest.mark.parametrize("broker", ["redis"], indirect=True)


@pytest.fixture
def folder(settings, tmp_path):
    others = {"smtp": settings.MESSAGE_PROVIDERS["smtp"]}
    settings.MESSAGE_PROVIDERS = others | {"carrier": carrier_settings(tmp_path)}
    return tmp_path


@pytest.fixture
def post(settings, folder, mailbox):
    settings.MESSAGE_PROVIDERS |= {
        "smtp": {"class": sending.Killed, "channel": "email", "options": {"folder": folder}}
    }
    return mailbox


def test_workers_are_killed_after_the_carrier_took_a_text(figures, folder, clock, monkeypatch):
    sending.texts_after_kills(
        figures, times=KILLS, folder=folder, clock=clock, monkeypatch=monkeypatch
    )


def test_workers_are_killed_after_the_server_took_a_letter(
    figures, folder, clock, post, monkeypatch
):
    sending.letters_after_kills(
        figures, times=KILLS, folder=folder, clock=clock, mailbox=post, monkeypatch=monkeypatch
    )


def test_sixteen_workers(figures, folder):
    sending.many_workers(figures, people=MESSAGES, workers=16, folder=folder)


def test_answers_are_lost(figures, folder, clock):
    sending.time_outs(figures, people=MESSAGES // 10, folder=folder, clock=clock)


def test_receipts_are_lost(figures, folder, clock):
    sending.lost_receipts(figures, people=MESSAGES // 10, folder=folder, clock=clock)


def test_a_worker_is_stopped_past_its_lease(figures, folder, monkeypatch):
    sending.stopped_worker(figures, folder=folder, monkeypatch=monkeypatch)


def test_receipts_come_in_any_order(figures, folder):
    _person, account = make_customer(contact_email_verified_at=None)
    change = make_announced(account)
    ends = judge_orders(change, times=MESSAGES)
    figures.exactly("orders.tried", MESSAGES, MESSAGES)
    figures.exactly("orders.sets_with_more_than_one_end", sum(len(e) > 1 for e in ends.values()), 0)


def test_forged_and_replayed_posts(figures, folder):
    _person, account = make_customer(contact_email_verified_at=None)
    make_announced(account)
    delivery = Delivery.objects.get(channel="sms")
    name = str(delivery.attempts.get().pk)
    client = Client()

    def post(body, signature):
        return client.post(
            "/receipts/carrier/", body, content_type="a/b", headers={HEADER: signature}
        ).status_code

    forged = json.dumps([receipt(name, "failed_for_good")]).encode()
    answers = [post(forged, f"{number:064x}") for number in range(1000)]
    figures.exactly("forged.refused", answers.count(403), 1000)
    figures.exactly("forged.kept", PostedReceipts.objects.count(), 0)
    early, late = (json.dumps([receipt(name, state)]).encode() for state in ("sent", "delivered"))
    for body in (early, late, *[early, late] * 500):
        post(body, sign(body))
    delivery.refresh_from_db()
    figures.exactly("replayed.kept", PostedReceipts.objects.count(), 2)
    figures.exactly("replayed.delivered", int(delivery.state == "delivered"), 1)


@only_redis
def test_the_broker_is_wiped_while_texts_are_sent_and_asked_about(
    crew, sink, figures, tmp_path, people
):
    """With no receipt ever posted: sweeper and polling alone bring all of it to its end."""
    people = people // 50
    (tmp_path / "outcome").write_text("delivered")
    crew.variables |= {
        "MESSAGE_PROVIDERS": json.dumps({"carrier": carrier_settings(tmp_path)}),
        "RECEIPTS_ASKED_FOR_AFTER_SECONDS": "1",
    }
    accounts = make_crowd(people, letters=0)
    crew.worker()
    crew.beat()
    crew.beat("second_beat")
    crew.wait_for_worker()
    scenes.approved(accounts)
    scenes.wait_for(lambda: bool(taken(tmp_path)), crew, every=0.02)

    def going_on():
        return Delivery.objects.filter(channel="sms", state="delivered").count() < people

    struck = scenes.strike_while(going_on, crew.broker.wipe, times=3, every=5)
    figures.at_least("wiped_sending.times", struck, 1)
    seconds = scenes.wait_for(lambda: not going_on(), crew, every=1)
    figures.told("wiped_sending.seconds_until_all_are_delivered", rest=f"{seconds:.0f}")
    figures.exactly("wiped_sending.taken", len(taken(tmp_path)), people)
    figures.exactly(
        "wiped_sending.twice", people - len({line["address"] for line in taken(tmp_path)}), 0
    )
    time.sleep(45)  # two periods of the sweeper, with two timetables
    crew.dismiss()
    asked = len([one for one in crew.tasks("began") if one["task"] == "notices.sweep"])
    sending.judge_periods(figures, asked=asked)
    assert now()
