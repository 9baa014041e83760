"""A person's own settings."""

from django.core import mail

from accounts.models import User
from accounts.pages.forms import ProfileForm
from tests.pages.outbox import link_in_last_mail


def form_of(person, **changed):
    return {**ProfileForm.showing(person).initial, **changed}


def test_name_language_and_zone_are_saved_and_the_page_follows(client, person):
    client.force_login(person)
    form = form_of(person, name="Hua Li", language="zh-hans", time_zone="Asia/Tokyo")
    assert client.post("/settings/", form).status_code == 302
    person.refresh_from_db()
    assert (person.name, person.language, person.time_zone) == ("Hua Li", "zh-hans", "Asia/Tokyo")
    assert client.get("/settings/").headers["Content-Language"] == "zh-hans"


def test_two_browsers_do_not_overwrite_each_other(client, person):
    client.force_login(person)
    stale = form_of(person, name="Second")
    client.post("/settings/", form_of(person, name="First"))
    answer = client.post("/settings/", stale)
    assert b"changed elsewhere meanwhile" in answer.content
    assert User.objects.get(pk=person.pk).name == "First"


def test_nothing_else_can_be_changed_that_way(client, person):
    client.force_login(person)
    client.post(
        "/settings/", form_of(person, is_staff="on", is_superuser="on", phone="+8613900000000")
    )
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser, person.phone) == (False, False, "+8613812345678")


def test_a_zone_that_does_not_exist_is_refused(client, person):
    client.force_login(person)
    assert client.post("/settings/", form_of(person, time_zone="Mars/Olympus")).status_code == 200
    assert User.objects.get(pk=person.pk).time_zone == "Asia/Shanghai"


def test_a_contact_email_is_used_after_the_link_and_a_press(client, person):
    client.force_login(person)
    client.post("/settings/email/", {"address": "li@example.com"})
    link = link_in_last_mail(r"http://testserver(\S+)")
    client.logout()  # the link is followed on another device
    assert client.get(link).status_code == 200
    assert User.objects.get(pk=person.pk).reachable_email == ""
    assert b"li@example.com" in client.post(link).content
    assert User.objects.get(pk=person.pk).reachable_email == "li@example.com"
    assert client.post(link).status_code == 410


def test_links_are_not_sent_without_end(client, person):
    client.force_login(person)
    answers = [client.post("/settings/email/", {"address": "x@example.com"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert len(mail.outbox) == 5


def test_the_language_switch_is_kept_with_the_person(client, person):
    client.force_login(person)
    answer = client.post("/language/", {"language": "zh-hans", "next": "/settings/"})
    assert answer.headers["Location"] == "/settings/"
    assert User.objects.get(pk=person.pk).language == "zh-hans"


def test_a_visitors_choice_is_kept_in_the_browser(client, db):
    client.post("/language/", {"language": "en", "next": "/announcements/"})
    assert b"There is none yet" in client.get("/announcements/").content


def test_the_switch_leads_nowhere_else(client, db):
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    assert client.post("/language/", {"language": "tlh"}).headers["Location"] == "/"
    assert client.get("/language/").status_code == 405
