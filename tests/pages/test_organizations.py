"""Pages of organizations, members, transfers and the activity log."""

import csv
import io
import re

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from accounts import transfers
from accounts.models import Activity, AuthorityDeclaration, Invitation, Transfer
from common.clock import now
from tests.accounts.making import make_person
from tests.notices.making import make_organization

CODE = "91110108551385082Q"
FORM = "application/x-www-form-urlencoded"
TEN_MEGABYTES = "x" * 10_000_000
STRANGE = ["a%00b", "%ED%A0%80", "x" * 5000, "%E2%80%AE", "   "]


@pytest.fixture
def lab(person):
    return make_organization(person, name="Lab")


@pytest.fixture
def wang(db):
    return make_person(
        name="Wang",
        language="en",
        phone_verified_at=now(),
        contact_email="wang@example.com",
        contact_email_verified_at=now(),
    )


def of(account, page=""):
    return f"/account/{account.public_id}/{page}"


def form_of(answer, **values):
    found = re.search(r'name="texts" value="([^"]*)"', answer.text)
    return {
        "name": "星河数据",
        "code": "9111 0108 5513 8508 2q",
        "capacity": "authorised",
        "position": "CTO",
        "texts": found[1] if found else "",
        "agreed": "on",
        "authorised": "on",
        **values,
    }


class TestOpening:
    def test_with_declaration_and_agreement_it_is_there(self, client, person, terms):
        client.force_login(person)
        page = client.get("/organizations/new/")
        answer = client.post("/organizations/new/", form_of(page), follow=True)
        assert "Invite its members" in answer.text
        declaration = AuthorityDeclaration.objects.get()
        assert (declaration.uscc, declaration.declared_by) == (CODE, person)
        account = declaration.account
        assert account.acceptances.get().text.version == terms
        assert client.get("/").headers["Location"] == of(account)

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"code": "91110108551385082R"}, "Place 18"),
            ({"code": "9111010855138508"}, "this one has 16"),
            ({"name": "ap1qik"}, "could be taken for us"),
            ({"position": ""}, "Say what your position there is"),
            ({"agreed": ""}, "required"),
            ({"authorised": ""}, "required"),
            ({"capacity": "x"}, "valid choice"),
            ({"texts": "x"}, "newer version"),
            ({"name": "a\x00b"}, "Null characters"),
        ],
    )
    def test_a_mistake_comes_back_with_what_was_typed(self, client, person, terms, wrong, says):
        client.force_login(person)
        page = client.get("/organizations/new/")
        answer = client.post("/organizations/new/", form_of(page, **wrong))
        assert answer.status_code == 200
        assert says in answer.text
        assert not AuthorityDeclaration.objects.exists()

    def test_the_legal_representative_needs_no_position(self, client, person, terms):
        client.force_login(person)
        page = client.get("/organizations/new/")
        asked = form_of(page, capacity="representative", position="")
        assert client.post("/organizations/new/", asked).status_code == 302

    def test_too_many_a_day(self, client, person, terms, settings):
        settings.ORGANIZATIONS_PER_DAY = 0
        client.force_login(person)
        page = client.get("/organizations/new/")
        assert "within a day" in client.post("/organizations/new/", form_of(page)).text


class TestInvitations:
    def invite(self, client, lab, **values):
        asked = {"address": "wang@example.com", "role": "viewer", "days": "7", "language": "en"}
        return client.post(of(lab, "members/invite/"), {**asked, **values}, follow=True)

    def test_from_the_invitation_to_the_member(self, client, person, lab, wang):
        client.force_login(person)
        assert "Sent to wa***@example.com" in self.invite(client, lab).text
        [link] = re.findall(r"/invitation/[\w-]+/", str(mail.outbox[0].body))
        client.logout()
        visitor = client.get(link, headers={"Accept-Language": "en"})
        assert "Sign in" in visitor.text
        assert visitor.headers["Cache-Control"].startswith("max-age=0")
        client.force_login(make_person(language="en"))
        assert "not your confirmed contact e-mail" in client.get(link).text
        assert client.post(link).status_code == 409
        client.force_login(wang)
        assert "Join" in client.get(link).text
        assert not lab.memberships.filter(user=wang).exists()
        assert "You belong to Lab now" in client.post(link, follow=True).text
        assert client.get(link).status_code == 410

    def test_by_text_message(self, client, person, lab, wang, texts):
        client.force_login(person)
        assert "Sent to 138****" in self.invite(client, lab, address=wang.phone).text
        assert [one.address for one in texts] == [wang.phone]
        assert "/invitation/" in texts[0].body
        again = self.invite(client, lab, address=wang.phone)
        assert again.status_code == 429

    def test_what_is_said_is_the_same_whether_somebody_is_there(self, client, person, lab, wang):
        client.force_login(person)

        def said(address):
            self.invite(client, lab, address=address)
            page = client.get(of(lab, "members/")).text
            return page.count("Invited, not here yet")

        assert said("wang@example.com") == said("nobody@example.com") == 1

    def test_sent_again_and_withdrawn(self, client, person, lab):
        client.force_login(person)
        self.invite(client, lab)
        one = of(lab, f"invitations/{Invitation.objects.get().public_id}/")
        assert "works no more" in client.post(f"{one}again/", follow=True).text
        assert len(mail.outbox) == 2
        assert "works no more" in client.post(f"{one}withdraw/", follow=True).text
        assert "used or withdrawn" in client.post(f"{one}again/", follow=True).text
        assert client.get(f"{one}again/").status_code == 405

    @pytest.mark.parametrize("address", [*STRANGE, "wang@", "12345", "@", ""])
    def test_no_address(self, client, person, lab, address):
        client.force_login(person)
        client.raise_request_exception = False
        body = f"address={address}&role=viewer&days=7&language=en"
        answer = client.post(of(lab, "members/invite/"), body, content_type=FORM)
        assert answer.status_code in (200, 400)
        assert not Invitation.objects.exists()

    def test_ownership_is_not_given_away_by_invitation(self, client, person, lab):
        client.force_login(person)
        assert "valid choice" in self.invite(client, lab, role="owner").text

    @pytest.mark.parametrize("token", ["x", "%00", "%ED%A0%80", "a" * 3000, "..", "%F0%9F%A6%84"])
    def test_no_link(self, client, person, token):
        client.force_login(person)
        client.raise_request_exception = False
        for answer in (client.get(f"/invitation/{token}/"), client.post(f"/invitation/{token}/")):
            assert answer.status_code in (400, 404, 410)

    def test_guessing_links_has_its_limit(self, client, db):
        answers = [client.get(f"/invitation/{number}/").status_code for number in range(35)]
        assert answers[0] == 410
        assert answers[-1] == 429


class TestMembers:
    def test_another_role_and_removal(self, client, person, lab, wang):
        lab.memberships.create(user=wang, role="viewer")
        client.force_login(person)
        one = of(lab, f"members/{wang.public_id}/")
        assert "Saved" in client.post(one, {"role": "developer"}, follow=True).text
        assert lab.memberships.get(user=wang).role == "developer"
        page = client.get(f"{one}remove/")
        assert "see nothing of Lab" in page.text
        assert "required" in client.post(f"{one}remove/", {"reason": " "}).text
        assert "is removed" in client.post(f"{one}remove/", {"reason": "left"}, follow=True).text
        assert client.get(one).status_code == 404

    def test_a_removed_members_open_session_ends_there_at_once(self, client, lab, wang, person):
        lab.memberships.create(user=wang, role="admin")
        theirs = Client()
        theirs.force_login(wang)
        assert theirs.get(of(lab)).status_code == 200
        client.force_login(person)
        client.post(of(lab, f"members/{wang.public_id}/remove/"), {"reason": "left"})
        for page in ("", "members/", "keys/", "money/"):
            assert theirs.get(of(lab, page)).status_code == 404

    def test_owners_and_oneself_are_not_managed(self, client, person, lab, wang):
        lab.memberships.create(user=wang, role="admin")
        client.force_login(wang)
        for one in (person, wang):
            assert client.get(of(lab, f"members/{one.public_id}/")).status_code == 404
            gone = client.post(of(lab, f"members/{one.public_id}/remove/"), {"reason": "x"})
            assert gone.status_code == 404

    def test_leaving(self, client, person, lab, wang):
        lab.memberships.create(user=wang, role="viewer")
        client.force_login(person)
        assert "last owner" in client.post(of(lab, "members/leave/"), follow=True).text
        client.force_login(wang)
        assert client.get(of(lab, "members/leave/")).status_code == 200
        assert lab.memberships.count() == 2
        assert "You have left Lab" in client.post(of(lab, "members/leave/"), follow=True).text
        assert client.get(of(lab)).status_code == 404

    def test_phones_are_seen_in_part_by_those_who_manage(self, client, lab, wang):
        lab.memberships.create(user=wang, role="viewer")
        client.force_login(wang)
        assert "****" not in client.get(of(lab, "members/")).text
        assert wang.phone not in client.get(of(lab, "members/")).text


class TestTransfers:
    def test_asked_answered_and_decided(self, client, person, lab, wang):
        lab.memberships.create(user=wang, role="admin")
        client.force_login(person)
        asked = {"new_owner": wang.public_id, "remains_as": "viewer", "reason": "She runs it"}
        page = client.post(of(lab, "transfers/ownership/"), asked, follow=True)
        assert "waits for the other side" in page.text
        transfer = Transfer.objects.get()
        one = of(lab, f"transfers/{transfer.public_id}/")
        client.force_login(wang)
        assert "Agree" in client.get(of(lab, "transfers/")).text
        assert "our staff decide" in client.post(one, {"act": "agree"}, follow=True).text
        staff = [make_person(is_staff=True) for _ in range(2)]
        for member in staff:
            member.groups.add(Group.objects.get(name="supervisor"))
        transfers.propose(transfer=transfer, by=staff[0], reason="ok", clause="1.2.6", at=now())
        transfers.consent(transfer=transfer, by=staff[1], reason="ok", at=now())
        assert lab.memberships.get(user=wang).role == "owner"
        page = client.get(of(lab, "activity/")).text
        assert "ownership was handed over" in page
        client.force_login(person)
        assert client.get(of(lab, "activity/")).status_code == 403

    def test_who_is_not_concerned_sees_none(self, client, person, lab, wang):
        lab.memberships.create(user=wang, role="admin")
        third = make_person()
        lab.memberships.create(user=third, role="admin")
        transfer = transfers.ask_for_ownership(
            account=lab, by=person, new_owner=wang, remains_as="", reason="x", at=now()
        )
        client.force_login(third)
        assert transfer.public_id not in client.get(of(lab, "transfers/")).text
        one = of(lab, f"transfers/{transfer.public_id}/")
        assert client.post(one, {"act": "agree"}).status_code == 404
        client.force_login(wang)
        assert client.post(one, {"act": "withdraw"}, follow=True).status_code == 200
        assert client.post(one, {"act": "x"}).status_code == 400
        assert Transfer.objects.open().exists()
        assert client.post(one, {"act": "decline"}).status_code == 302
        assert not Transfer.objects.open().exists()

    @pytest.mark.parametrize("new_owner", ["", "x", "usr_00000000000000000000", *STRANGE])
    def test_a_made_up_new_owner(self, client, person, lab, wang, new_owner):
        lab.memberships.create(user=wang, role="admin")
        client.force_login(person)
        client.raise_request_exception = False
        body = f"new_owner={new_owner}&remains_as=&reason=x"
        answer = client.post(of(lab, "transfers/ownership/"), body, content_type=FORM)
        assert answer.status_code in (200, 400)
        assert not Transfer.objects.exists()


class TestActivity:
    def test_it_says_who_did_what(self, client, person, lab):
        client.force_login(person)
        client.post(of(lab, "name/"), {"name": "New Lab", "edition": lab.edition})
        page = client.get(of(lab, "activity/")).text
        assert "Li Hua · changed the name" in page
        assert "name: New Lab, before: Lab" in page
        assert "Nothing of the kind" in client.get(of(lab, "activity/?area=keys")).text

    @pytest.mark.parametrize(
        "query",
        ["below=x", "below=-1", f"below={2**63}", "below=%00", "area=x", "by=x", "since=x"],
    )
    def test_strange_questions(self, client, person, lab, query):
        client.force_login(person)
        assert client.get(of(lab, f"activity/?{query}")).status_code == 200
        assert client.get(of(lab, f"activity/file/?{query}")).status_code in (200, 400)

    def test_the_file(self, client, person, lab):
        Activity.record(account=lab, area="account", kind="account.renamed", by=person)
        client.force_login(person)
        answer = client.get(of(lab, "activity/file/"))
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[1][1:3] == ["Li Hua", "changed the name"]
        assert answer.headers["Cache-Control"] == "no-store"

    def test_the_file_of_another_month_is_empty(self, client, person, lab):
        Activity.record(account=lab, area="account", kind="account.renamed", by=person)
        client.force_login(person)
        answer = client.get(of(lab, "activity/file/?until=2020-01-01"))
        assert len(b"".join(answer.streaming_content).splitlines()) == 1


def test_bodies_of_ten_megabytes_are_refused(client, person, lab, terms):
    client.force_login(person)
    client.raise_request_exception = False
    for page in ("/organizations/new/", of(lab, "members/invite/"), of(lab, "keys/new/")):
        assert client.post(page, {"name": TEN_MEGABYTES}).status_code in (400, 413)


def test_the_header_shows_the_account_at_hand_and_the_others(client, person, lab):
    other = make_organization(person, name="Second")
    client.force_login(person)
    page = client.get(of(lab, "members/")).text
    switch = page.partition('class="person switch"')[2].partition("</details>")[0]
    assert "Lab</span>" in switch
    assert of(other) in switch
    assert "/organizations/new/" in switch
