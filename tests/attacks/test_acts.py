"""Acts of staff at moments and in states that their buttons do not foresee."""

import re

import pytest
from django.db import IntegrityError, OperationalError, connection

from accounts.models import ClientToken
from notices import changes
from notices.models import Approval, ServiceChange
from tests.desk.signing_in import staff
from tests.notices.making import make_customer, make_officer, plan, propose

pytestmark = pytest.mark.django_db
ACTS = "/admin/notices/servicechange/acts"


@pytest.fixture
def supervisor(db):
    return staff("supervisor")[1]


def seen(client, address):
    return re.search(r'name="seen" value="(\w+)"', client.get(address).content.decode())[1]


def post(client, address, **answers):
    return client.post(address, {"reason": "Because", "seen": seen(client, address), **answers})


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_a_draft_nobody_proposed_is_refused_in_words(supervisor, act):
    change = plan(make_customer()[1])
    answer = post(supervisor, f"{ACTS}/{act}/?pks={change.pk}")
    assert answer.status_code == 302
    page = supervisor.get(answer.headers["Location"]).content.decode()
    assert "so you cannot" in page


def test_nobody_approves_what_they_have_not_seen(supervisor):
    """Revised and proposed anew with other words, while the page stood open."""
    change = plan(make_customer()[1])
    propose(change)
    address = f"{ACTS}/approve/?pks={change.pk}"
    before = seen(supervisor, address)
    change = changes.revise(change=change)
    change.reason_en = "Something else altogether"
    change.save()
    propose(change, by=change.planned_by)
    answer = supervisor.post(address, {"seen": before})
    assert answer.status_code == 200
    assert not Approval.objects.exists()


@pytest.mark.parametrize("error", [IntegrityError, OperationalError])
def test_what_the_database_refuses_becomes_a_sentence(supervisor, monkeypatch, error):
    change = plan(make_customer()[1])
    propose(change)

    def collide(**_named):
        with connection.cursor() as cursor:
            code = "unique_violation" if error is IntegrityError else "deadlock_detected"
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")

    monkeypatch.setattr("notices.changes.approve", collide)
    answer = post(supervisor, f"{ACTS}/approve/?pks={change.pk}")
    assert answer.status_code == 302
    page = supervisor.get(answer.headers["Location"]).content.decode()
    assert "same moment" in page


def test_a_form_that_loses_a_race_says_so(db, monkeypatch):
    boss = staff(is_superuser=True)[1]
    data = {"slug": "image", "name_zh_hans": "图", "name_en": "Image", "position": "1"}
    assert boss.post("/admin/accounts/service/add/", data).status_code == 302
    # The form's own check saw nothing yet: the other row was not committed.
    monkeypatch.setattr("django.db.models.Model.validate_unique", lambda *_a, **_k: None)
    answer = boss.post("/admin/accounts/service/add/", data)
    assert answer.status_code == 200
    assert "same moment" in answer.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1000000-01-01", "2026-02-30", "\x00"])
def test_a_token_does_not_expire_on_an_impossible_day(db, day):
    boss = staff(is_superuser=True)[1]
    address = "/admin/accounts/serviceclient/acts/issue/"
    fields = {"name": "gateway", "scopes": "access:read", "requests_per_minute": 600}
    answer = post(boss, address, **fields, expires_on=day)
    assert answer.status_code in (200, 302)
    assert not ClientToken.objects.filter(expires_at__isnull=False).exists()
    assert boss.get("/admin/accounts/serviceclient/").status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "0999-06-01"])
@pytest.mark.parametrize("field", ["effective_at", "ends_at"])
def test_a_change_is_not_planned_for_an_impossible_day(db, day, field):
    account = make_customer()[1]
    change = plan(account, planned_by=make_officer())
    boss = staff(is_superuser=True, time_zone="America/New_York")[1]
    address = f"/admin/notices/servicechange/{change.pk}/change/"
    form = boss.get(address).context["adminform"].form
    data = {name: form.get_initial_for_field(f, name) or "" for name, f in form.fields.items()}
    for name in ("effective_at", "ends_at"):
        data.pop(name)
        data[f"{name}_0"] = day if name == field else ("" if name == "ends_at" else "2030-01-01")
        data[f"{name}_1"] = "23:59:59" if data[f"{name}_0"] else ""
    data["service"], data["clause"] = change.service_id, change.clause_id
    data.pop("at_once")
    answer = boss.post(address, data)
    assert answer.status_code == 200, answer.headers.get("Location")
    assert ServiceChange.objects.get(pk=change.pk).effective_at == change.effective_at
    assert "impossible" in answer.content.decode() or "between" in answer.content.decode()


@pytest.mark.parametrize("pks", ["\x00", str(2**63), "9" * 400, "x", "1,,", "0x1", "-1", " "])
def test_strange_records(supervisor, pks):
    for act in ("approve", "withdraw"):
        assert supervisor.get(f"{ACTS}/{act}/", {"pks": pks}).status_code in (200, 302, 400)


def test_strange_sample(supervisor):
    change = plan(make_customer()[1])
    page = supervisor.get(f"/admin/notices/servicechange/{change.pk}/change/", {"sample": "\x00"})
    assert page.status_code in (200, 400)
