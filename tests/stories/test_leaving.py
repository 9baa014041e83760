"""Li Hua leaves: told at every address, reminded, closed, and back as somebody new."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import leaving, tasks
from accounts.models import Account, ApiKey, KeptIdentity, Membership, User
from billing.models import RefundApplication
from common.clock import now
from notices import letter_sending
from notices import tasks as notice_tasks
from notices.models import Letter
from tests.accounts.making import make_key, make_person, make_service
from tests.notices.making import make_customer, make_organization
from tests.pages import test_sign_up as sign_up
from tests.pages.conftest import publish_terms
from tests.pages.test_sign_up import english

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def li(mailbox, phone_messages):
    person, account = make_customer(
        name="Li Hua", language="en", contact_email="li@example.com", phone_verified_at=now()
    )
    person.set_password(PASSWORD)
    person.save()
    return person, account


def sign_in(client, phone):
    return client.post("/accounts/login/", {"login": phone, "password": PASSWORD})


def ask(client, page):
    shown = client.get(page)
    if shown.status_code == 302:  # to prove once more who it is
        client.post(shown.headers["Location"], {"password": PASSWORD, "next": page})
    return client.post(page, {"understood": "on"}, follow=True)


def told(person):
    kinds = Letter.objects.filter(recipient=person).order_by("pk").values_list("kind", flat=True)
    return [kind.removeprefix("notices.closing_") for kind in kinds]


def send():
    while letter_sending.send_due(at=now()):
        pass


def test_li_hua_leaves_and_signs_up_again_as_somebody_new(
    li, client, clock, gateway, mailbox, phone_messages
):
    person, account = li
    phone, key, service = person.phone, make_key(account), make_service()
    assert gateway(key, service)["decision"] == "allow"

    # Signs in, asks for it, is told at both addresses.
    assert sign_in(client, phone).headers["Location"] == "/"
    ask(client, "/leave/ask/")
    closing = leaving.open_closing_of(person)
    send()
    assert told(person) == ["asked"]
    assert (len(mailbox.to("li@example.com")), len(phone_messages(phone))) == (1, 1)

    # Thinks better of it, and then again of that. Signing in leads to the page that tells.
    client.post("/leave/back/")
    ask(client, "/leave/ask/")
    closing = leaving.open_closing_of(person)
    client.post("/accounts/logout/")
    assert sign_in(client, phone).headers["Location"] == "/leave/"
    assert b"You asked to leave" in client.get("/settings/").content

    # Services go on until the end; three days before it Li Hua is reminded, once.
    clock.set(closing.ends_at - timedelta(days=3, seconds=-1))
    assert notice_tasks.remind_of_closings() == 1
    assert notice_tasks.remind_of_closings() == 0
    assert tasks.close_due() == 0
    assert gateway(key, service)["decision"] == "allow"

    # At the end everything ends at once, and a last message goes to both addresses.
    clock.set(closing.ends_at)
    assert tasks.close_due() == 1
    send()
    assert told(person) == ["asked", "back", "asked", "soon", "done"]
    assert (len(mailbox.to("li@example.com")), len(phone_messages(phone))) == (5, 5)
    assert gateway(key, service)["decision"] == "deny"
    assert ApiKey.objects.get(pk=key.pk).revoked_at
    assert client.get("/settings/").status_code == 302
    client.logout()
    assert b"is-valid" not in sign_in(client, phone).content
    assert client.get("/settings/").status_code == 302

    # The number signs up again: somebody new, who sees nothing of before.
    publish_terms()
    visitor = english(Client())
    sign_up.begin(visitor, phone)
    code = re.search(r"\d{6}", phone_messages(phone)[-1]).group()
    visitor.post(reverse("sign_up_code"), {"code": code})
    sign_up.choose(visitor, name="Li Hua")
    sign_up.declare(visitor)
    assert sign_up.accept(visitor).headers["Location"] == reverse("welcome")
    new = User.objects.get(phone=phone)
    assert new.pk != person.pk
    assert new.personal_account != account
    for name in ("account", "money", "matters"):
        assert visitor.get(reverse(name, args=[account.public_id])).status_code == 404
    letter = Letter.objects.filter(recipient=person).first()
    assert visitor.get(reverse("letter", args=[letter.public_id])).status_code == 404
    assert told(new) == []

    # Three years on nothing is left of who it was.
    clock.set(KeptIdentity.objects.get().kept_until)
    assert tasks.erase_identities() == 1
    person.refresh_from_db()
    assert (person.name, person.contact_email, person.phone) == ("", "", f"#{person.pk}")


def test_a_refund_asked_for_in_the_meantime_is_waited_for(li, clock):
    person, account = li
    closing = leaving.leave(person=person, reason="", ip_address=None, at=now())
    application = RefundApplication.record(
        account=account, amount=1_000_000, refundable=1_000_000, reason="unused", asked_by=person
    )
    clock.set(closing.ends_at)
    assert tasks.close_due() == 0
    assert tasks.close_due() == 0
    assert told(person) == ["asked", "waits"]
    page_says = [one.sentence for one in leaving.obstacles_of(closing, at=now())]
    assert len(page_says) == 1
    from billing.models import RefundApplicationAnswer

    RefundApplicationAnswer.record(
        application=application,
        kind=RefundApplicationAnswer.Kind.WITHDRAWN,
        answered_by=person,
    )
    assert tasks.close_due() == 1
    assert told(person) == ["asked", "waits", "done"]


def test_an_organization_is_closed_and_all_who_answer_for_it_are_told(li, clock, client):
    person, own = li
    admin, viewer = make_person(), make_person()
    organization = make_organization(person, name="Star Data")
    Membership.objects.create(user=admin, account=organization, role="admin")
    Membership.objects.create(user=viewer, account=organization, role="viewer")
    sign_in(client, person.phone)
    ask(client, reverse("close_account_ask", args=[organization.public_id]))
    closing = leaving.open_closing_of_account(organization)
    home = client.get("/").content.decode()
    assert "The organization is closed for good." in home
    assert "Asia/Shanghai" in home
    clock.set(closing.ends_at)
    assert tasks.close_due() == 1
    assert told(person) == told(admin) == ["asked", "done"]
    assert told(viewer) == []
    assert list(Account.objects.of(person)) == [own]
