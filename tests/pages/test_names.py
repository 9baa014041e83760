"""Names that customers choose on their pages (clause 1.2.5)."""

import pytest

from accounts.models import Account, User
from compliance.models import Case
from tests.accounts.making import make_person
from tests.notices.making import make_organization
from tests.pages.test_settings import form_of
from tests.stories.telling import work
from tests.stories.test_names import decided


def page_of(account):
    return f"/account/{account.public_id}/name/"


@pytest.fixture
def lab(person):
    return make_organization(person, name="Lab")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("ap1qik", "could be taken for us"),
        ("某某赌场", "something that names must not"),
        ("李\u200b华", "visible characters"),
        ("x" * 121, "at most 120"),
        ("a\x00b", "Null characters are not allowed"),
    ],
)
def test_a_refused_name_comes_back_with_why_and_all_that_was_typed(client, person, name, sentence):
    client.force_login(person)
    answer = client.post("/settings/", form_of(person, name=name, time_zone="Asia/Tokyo"))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert 'value="Asia/Tokyo" selected' in answer.text
    assert User.objects.get(pk=person.pk).name == "Li Hua"


def test_the_sentence_is_in_the_language_of_the_person(client, person):
    person.language = "zh-hans"
    person.save()
    client.force_login(person)
    answer = client.post("/settings/", form_of(person, name="admin"))
    assert "误以为是本平台" in answer.text


def test_a_doubtful_name_is_taken_and_the_person_is_told(client, person):
    client.force_login(person)
    answer = client.post("/settings/", form_of(person, name="小明客服"), follow=True)
    assert "a person will look at it" in answer.text
    assert User.objects.get(pk=person.pk).name == "小明客服"
    assert Case.objects.get().person == person


def test_an_account_is_renamed_on_its_page(client, person, lab):
    client.force_login(person)
    assert page_of(lab) in client.get(f"/account/{lab.public_id}/").text
    answer = client.post(page_of(lab), {"name": "New Lab", "edition": lab.edition}, follow=True)
    assert "New Lab" in answer.text
    assert Account.objects.get(pk=lab.pk).name == "New Lab"
    # What was read before somebody saved is not written over it.
    answer = client.post(page_of(lab), {"name": "Third", "edition": lab.edition})
    assert "changed elsewhere meanwhile" in answer.text
    assert Account.objects.get(pk=lab.pk).name == "New Lab"


@pytest.mark.parametrize("name", ["官方", "Lab\nLab", "", "Lab\u202e"])
def test_an_account_is_not_renamed_to_that(client, person, lab, name):
    client.force_login(person)
    answer = client.post(page_of(lab), {"name": name, "edition": lab.edition})
    assert answer.status_code == 200
    assert "errorlist" in answer.text
    assert Account.objects.get(pk=lab.pk).name == "Lab"


@pytest.mark.parametrize("edition", ["", "x", "9" * 30, "-1"])
def test_a_made_up_edition_changes_nothing(client, person, lab, edition):
    client.force_login(person)
    answer = client.post(page_of(lab), {"name": "New", "edition": edition})
    assert answer.status_code == 200
    assert Account.objects.get(pk=lab.pk).name == "Lab"


def test_for_others_the_page_is_not_there(client, person, lab):
    viewer = make_person()
    lab.memberships.create(user=viewer, role="developer")
    for somebody in (viewer, make_person()):
        client.force_login(somebody)
        assert client.get(page_of(lab)).status_code == 404
        answer = client.post(page_of(lab), {"name": "Mine", "edition": lab.edition})
        assert answer.status_code == 404
    client.force_login(viewer)
    assert page_of(lab) not in client.get(f"/account/{lab.public_id}/").text
    client.logout()
    assert client.get(page_of(lab)).status_code == 302


def test_the_page_of_the_account_says_until_when(client, person, lab):
    decision = decided(lab)
    work()
    client.force_login(person)
    text = client.get(f"/account/{lab.public_id}/").text
    assert "Please choose another name before" in text
    assert f"/decisions/{decision.public_id}/" in text
    client.post(page_of(lab), {"name": "New Lab", "edition": lab.edition})
    assert "Please choose another name before" not in client.get(f"/account/{lab.public_id}/").text
