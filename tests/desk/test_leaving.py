"""Leaving in the back office: the queue, legal holds, who a closed person was."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from accounts import leaving
from accounts.models import User
from common.clock import now
from tests.desk.signing_in import staff
from tests.notices.making import make_customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
LIST = reverse("admin:accounts_closing_changelist")


@pytest.fixture
def closing():
    person, _account = make_customer(name="Li Hua")
    return leaving.leave(person=person, reason="", ip_address=None, at=now())


def page_of(closing):
    return reverse("admin:accounts_closing_change", args=[closing.pk])


def do(browser, act, closing, reason="an order of the court"):
    address = f"{reverse(f'admin:accounts_closing_{act}')}?pks={closing.pk}"
    shown = browser.get(address)
    given = {"reason": reason, "seen": shown.context["seen"]}
    return browser.post(address, given, follow=True)


def test_the_queue_lists_who_wants_to_leave(closing):
    _member, browser = staff("support")
    page = browser.get(f"{LIST}?state=open").content.decode()
    assert "Li Hua" in page
    assert "cooling off" in page
    shown = browser.get(page_of(closing)).content.decode()
    assert closing.public_id in shown
    leaving.take_back(closing=closing, by=closing.person, at=now())
    assert "Li Hua" not in browser.get(f"{LIST}?state=open").content.decode()
    assert "taken back" in browser.get(f"{LIST}?state=back").content.decode()


def test_a_hold_is_placed_by_one_and_released_by_another(closing):
    _one, first = staff("compliance")
    _other, second = staff("supervisor")
    assert b"is on hold" in do(first, "place_hold", closing).content
    assert b"on legal hold" in first.get(f"{LIST}?state=held").content
    assert b"Somebody else" in do(first, "release_hold", closing).content
    assert leaving.Closing.objects.held().exists()
    assert b"is released" in do(second, "release_hold", closing).content
    assert not leaving.Closing.objects.held().exists()
    assert LogEntry.objects.filter(change_message__contains="order of the court").count() == 2


@pytest.fixture
def closed(closing, clock):
    phone = closing.person.phone
    clock.set(closing.ends_at)
    leaving.close_all_due(at=now())
    return User.objects.get(pk=closing.person_id), phone


def test_old_and_new_holder_of_a_number_are_told_apart(closed):
    person, phone = closed
    new = User.objects.create_user(phone, name="Wang Fang")
    _member, browser = staff("support")
    found = browser.get(reverse("admin:accounts_user_changelist"), {"q": phone}).content.decode()
    assert "Wang Fang" in found
    assert person.public_id in found
    assert ">closed<" in found
    everywhere = browser.get(reverse("admin:search"), {"q": phone}).content.decode()
    assert "Wang Fang" in everywhere
    assert person.public_id in everywhere
    assert new.pk != person.pk


def test_a_closed_record_is_read_and_not_edited(closed):
    person, _phone = closed
    _member, browser = staff("supervisor")
    for record in (person, person.personal_account):
        kind = record._meta.model_name
        address = reverse(f"admin:accounts_{kind}_change", args=[record.pk])
        assert browser.get(address).status_code == 200
        assert browser.post(address, {"name": "x"}).status_code == 403


def test_who_it_was_is_read_by_supervisors_with_a_reason(closed):
    person, phone = closed
    closing = person.closings.get()
    _support, browser = staff("support")
    act = f"{reverse('admin:accounts_closing_read_identity')}?pks={closing.pk}"
    assert browser.get(act).status_code == 403
    _boss, browser = staff("supervisor")
    answer = do(browser, "read_identity", closing, reason="a claim about an invoice")
    assert phone in answer.content.decode()
    assert LogEntry.objects.filter(change_message__contains="claim about an invoice").exists()
    assert not LogEntry.objects.filter(change_message__contains=phone).exists()
    assert phone not in browser.get(page_of(closing)).content.decode()
