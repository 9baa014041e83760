"""Opening organizations, inviting, members, transfers and keys: the rules."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.utils.timezone import localdate

from accounts import (
    access,
    activity,
    api_keys,
    invitations,
    members,
    organizations,
    sign_up,
    transfers,
    uses,
)
from accounts.exceptions import (
    CodeIsMalformed,
    InvitationIsVoid,
    LastOwner,
    NameRefused,
    NotAllowed,
    NotPossibleNow,
    NotTheCurrentText,
    NotYours,
    ReasonMissing,
    TooManyMessages,
    TooManyOfThem,
)
from accounts.models import (
    Activity,
    ApiKey,
    ApiKeyUse,
    AuthorityDeclaration,
    Invitation,
    ServiceUse,
    Transfer,
)
from accounts.naming import rename_account
from common.clock import now
from common.messaging.memory import Memory
from notices.models import Letter
from tests.accounts.making import make_account, make_person, make_service
from tests.notices.making import make_organization
from tests.plumbing.receiving import use_texts
from tests.stories.telling import make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

CODE = "91110108551385082Q"


@pytest.fixture
def li():
    return make_person(name="Li", language="en", phone_verified_at=now())


@pytest.fixture
def wang():
    return make_person(
        name="Wang",
        language="en",
        phone_verified_at=now(),
        contact_email="wang@example.com",
        contact_email_verified_at=now(),
    )


@pytest.fixture
def lab(li):
    return make_organization(li, name="Lab")


@pytest.fixture
def sms(settings):
    use_texts(settings, "memory://")
    Memory.outbox.clear()
    return Memory.outbox


def opened(person, **fields):
    asked = {
        "name": "星河数据",
        "code": CODE,
        "capacity": AuthorityDeclaration.Capacity.AUTHORISED,
        "position": "CTO",
        "texts": [one.text_in("en") for one in sign_up.documents(at=now())],
        "ip_address": "203.0.113.9",
        "user_agent": "Firefox",
        "at": now(),
    }
    return organizations.open_organization(by=person, **{**asked, **fields}).account


def invited(lab, by, address="wang@example.com", *, channel="email", role="developer", **more):
    asked = {"days": 7, "language": "en", "ip_address": "203.0.113.9", "at": now()}
    return invitations.invite(
        account=lab, by=by, channel=channel, address=address, role=role, **{**asked, **more}
    )


def link_of(message):
    return message.rpartition("/invitation/")[2].split("/")[0]


def lines(account):
    return list(
        Activity.objects.filter(account=account).order_by("pk").values_list("kind", flat=True)
    )


class TestOpening:
    @pytest.fixture(autouse=True)
    def published(self):
        return make_version(1, published=True)

    def test_its_maker_owns_and_binds_it(self, li):
        account = opened(li)
        assert account.kind == "organization"
        assert account.memberships.get().role == "owner"
        declaration = account.authority
        assert (declaration.uscc, declaration.clause_number) == (CODE, "1.2.2")
        assert "authorised by 星河数据" in declaration.statement
        assert declaration.statement_version == organizations.STATEMENT_VERSION
        acceptance = account.acceptances.get()
        assert (acceptance.user, acceptance.ip_address) == (li, "203.0.113.9")
        assert not account.conditions.filter(cleared_at=None).exists()
        assert lines(account) == ["account.opened", "agreements.accepted"]

    def test_several_by_one_person_and_of_one_code(self, li, wang):
        first, second = opened(li), opened(li, name="Another")
        assert first.authority.uscc == second.authority.uscc
        opened(wang)
        assert AuthorityDeclaration.objects.filter(uscc=CODE).count() == 3

    def test_what_is_refused_leaves_nothing(self, li):
        for wrong, error in [
            ({"code": "91110108551385082R"}, CodeIsMalformed),
            ({"name": "ap1qik"}, NameRefused),
            ({"texts": []}, NotTheCurrentText),
        ]:
            with pytest.raises(error):
                opened(li, **wrong)
        assert not li.memberships.exists()

    def test_a_version_published_meanwhile_is_not_agreed_to_unseen(self, li, published):
        read = [published.text_in("en")]
        make_version(2, published=True)
        with pytest.raises(NotTheCurrentText):
            opened(li, texts=read)

    def test_not_more_than_a_day_may_see(self, li, settings):
        settings.ORGANIZATIONS_PER_DAY = 2
        opened(li)
        opened(li)
        with pytest.raises(TooManyOfThem, match="tomorrow"):
            opened(li)
        opened(li, at=now() + timedelta(days=1, minutes=1))


class TestInviting:
    def test_by_mail_once_and_by_whom_it_is_for(self, lab, li, wang):
        invitation = invited(lab, li)
        token = link_of(mail.outbox[0].body)
        assert mail.outbox[0].to == ["wang@example.com"]
        assert token not in str(Invitation.objects.values().get())
        assert "wang@" not in str(Invitation.objects.values().get())
        with pytest.raises(NotYours, match=r"wa\*\*\*@example.com"):
            invitations.accept(token=token, by=make_person(), at=now())
        member = invitations.accept(token=token, by=wang, at=now())
        assert (member.account, member.role) == (lab, "developer")
        with pytest.raises(InvitationIsVoid):
            invitations.accept(token=token, by=wang, at=now())
        invitation.refresh_from_db()
        assert invitation.accepted_by == wang
        assert lines(lab) == ["members.invited", "members.joined"]
        assert Letter.objects.get().recipient == li

    def test_by_text_message_to_a_verified_number(self, lab, li, wang, sms):
        invited(lab, li, wang.phone, channel="phone")
        assert [one.address for one in sms] == [wang.phone]
        token = link_of(sms[0].body)
        wang.phone_verified_at = None
        with pytest.raises(NotYours):
            invitations.accept(token=token, by=wang, at=now())
        wang.phone_verified_at = now()
        assert invitations.accept(token=token, by=wang, at=now())

    def test_an_unverified_address_proves_nothing(self, lab, li):
        invited(lab, li)
        liar = make_person(contact_email="wang@example.com")
        with pytest.raises(NotYours):
            invitations.accept(token=link_of(mail.outbox[0].body), by=liar, at=now())

    def test_sent_again_the_first_link_is_dead(self, lab, li, wang):
        invitation = invited(lab, li)
        invitations.send_again(invitation=invitation, by=li, ip_address=None, at=now())
        first, second = (link_of(one.body) for one in mail.outbox)
        with pytest.raises(InvitationIsVoid):
            invitations.find(token=first, at=now())
        assert invitations.accept(token=second, by=wang, at=now())

    def test_it_expires_and_can_be_withdrawn(self, lab, li, wang):
        invitation = invited(lab, li, days=1)
        token = link_of(mail.outbox[0].body)
        with pytest.raises(InvitationIsVoid):
            invitations.find(token=token, at=now() + timedelta(days=1, seconds=5))
        invitations.withdraw(invitation=invitation, by=li, at=now())
        with pytest.raises(InvitationIsVoid):
            invitations.accept(token=token, by=wang, at=now())
        with pytest.raises(InvitationIsVoid):
            invitations.send_again(invitation=invitation, by=li, ip_address=None, at=now())

    def test_a_second_one_takes_the_place_of_the_first(self, lab, li):
        invited(lab, li)
        invited(lab, li, "WANG@example.com", role="viewer")
        assert [one.role for one in lab.invitations.open(now())] == ["viewer"]

    def test_whose_inviter_was_removed_invites_no_more(self, lab, li, wang):
        admin = make_person()
        lab.memberships.create(user=admin, role="admin")
        invited(lab, admin)
        lab.memberships.filter(user=admin).update(role="viewer")
        with pytest.raises(NotAllowed):
            invitations.accept(token=link_of(mail.outbox[0].body), by=wang, at=now())

    def test_who_may_invite_whom(self, lab, li):
        admin, developer = make_person(), make_person()
        lab.memberships.create(user=admin, role="admin")
        lab.memberships.create(user=developer, role="developer")
        for by, role in [(admin, "admin"), (li, "owner"), (developer, "viewer"), (li, "nonsense")]:
            with pytest.raises(NotAllowed):
                invited(lab, by, role=role)
        assert invited(lab, admin, role="billing")
        with pytest.raises(NotAllowed):
            invited(lab, make_person())
        own = make_account()
        with pytest.raises(NotAllowed, match="holder alone"):
            invited(own, own.holder)

    def test_limits(self, lab, li, settings, sms):
        settings.INVITATIONS_OPEN = 1
        invited(lab, li)
        with pytest.raises(TooManyOfThem):
            invited(lab, li, "b@example.com")
        settings.INVITATIONS_OPEN, settings.INVITATIONS_PER_DAY = 9, 1
        with pytest.raises(TooManyOfThem):
            invited(lab, li, "b@example.com")
        settings.INVITATIONS_PER_DAY = 9
        settings.SMS_LIMITS = {**settings.SMS_LIMITS, "number_day": (1, timedelta(days=1))}
        invited(lab, li, "+8613912345678", channel="phone")
        with pytest.raises(TooManyMessages):
            invited(lab, li, "+8613912345678", channel="phone")


class TestMembers:
    def test_roles_change_and_people_are_told(self, lab, li, wang):
        member = lab.memberships.create(user=wang, role="viewer")
        members.change_role(member=member, role="billing", by=li, at=now())
        assert lab.memberships.get(user=wang).role == "billing"
        assert "billing" in Letter.objects.get(recipient=wang).body
        assert lines(lab) == ["members.role_changed"]

    def test_who_may_change_whom(self, lab, li, wang):
        admin = make_person()
        lab.memberships.create(user=admin, role="admin")
        other_admin = lab.memberships.create(user=make_person(), role="admin")
        viewer = lab.memberships.create(user=wang, role="viewer")
        owner = lab.memberships.get(user=li)
        for by, member, role in [
            (admin, other_admin, "viewer"),
            (admin, viewer, "admin"),
            (admin, owner, "viewer"),
            (li, viewer, "owner"),
            (li, owner, "viewer"),
            (wang, viewer, "billing"),
            (make_person(), viewer, "billing"),
        ]:
            with pytest.raises(NotAllowed):
                members.change_role(member=member, role=role, by=by, at=now())
        members.change_role(member=viewer, role="developer", by=admin, at=now())

    def test_removed_their_keys_go_on_and_are_listed(self, lab, li, wang):
        member = lab.memberships.create(user=wang, role="developer")
        api_keys.create(account=lab, by=wang, name="x", services=[], expires_at=None, at=now())
        with pytest.raises(ReasonMissing):
            members.remove(member=member, by=li, reason=" ", at=now())
        assert members.remove(member=member, by=li, reason="left the company", at=now()) == 1
        assert members.made_by_former_members(lab, at=now()).count() == 1
        assert not lab.memberships.filter(user=wang).exists()
        assert "no longer belong" in Letter.objects.get(recipient=wang).subject

    def test_the_last_owner_stays(self, lab, li, wang):
        lab.memberships.create(user=wang, role="admin")
        with pytest.raises(LastOwner):
            members.leave(member=lab.memberships.get(user=li), at=now())
        members.leave(member=lab.memberships.get(user=wang), at=now())
        assert [one.user for one in lab.memberships.all()] == [li]
        assert Letter.objects.get().recipient == li


@pytest.fixture
def staff():
    people = [make_person(is_staff=True) for _ in range(2)]
    for one in people:
        one.groups.add(Group.objects.get(name="supervisor"))
    return people


def asked_for(lab, li, wang, **more):
    asked = {"remains_as": "admin", "reason": "She runs it now", "at": now()}
    return transfers.ask_for_ownership(account=lab, by=li, new_owner=wang, **{**asked, **more})


def carried_out(transfer, other_side, staff):
    transfers.answer(transfer=transfer, by=other_side, agreed=True, at=now())
    transfers.propose(transfer=transfer, by=staff[0], reason="Seen", clause="1.2.6", at=now())
    return transfers.consent(transfer=transfer, by=staff[1], reason="Agreed", at=now())


class TestOwnership:
    @pytest.mark.parametrize("remains_as", ["admin", "viewer", "owner", ""])
    def test_it_goes_by_two_people_of_ours(self, lab, li, wang, staff, remains_as):
        lab.memberships.create(user=wang, role="admin")
        transfer = asked_for(lab, li, wang, remains_as=remains_as)
        step = carried_out(transfer, wang, staff)
        assert step.clause_number == "1.2.6"
        assert lab.memberships.get(user=wang).role == "owner"
        mine = lab.memberships.filter(user=li).first()
        assert (mine.role if mine else "") == remains_as
        assert "transfers.owner_changed" in lines(lab)
        done = Letter.objects.filter(kind="accounts.transfer_done")
        assert {one.recipient for one in done} == {li, wang}

    def test_each_step_by_whom_it_is(self, lab, li, wang, staff):
        lab.memberships.create(user=wang, role="admin")
        with pytest.raises(NotAllowed):
            asked_for(lab, wang, li)
        with pytest.raises(NotPossibleNow, match="Invite"):
            asked_for(lab, li, make_person())
        with pytest.raises(ReasonMissing):
            asked_for(lab, li, wang, reason=" ")
        transfer = asked_for(lab, li, wang)
        with pytest.raises(NotPossibleNow, match="under way"):
            asked_for(lab, li, wang)
        with pytest.raises(NotAllowed):
            transfers.answer(transfer=transfer, by=li, agreed=True, at=now())
        with pytest.raises(NotPossibleNow, match="not agreed"):
            transfers.propose(transfer=transfer, by=staff[0], reason="x", clause="1.2.6", at=now())
        transfers.answer(transfer=transfer, by=wang, agreed=True, at=now())
        with pytest.raises(NotAllowed):
            transfers.propose(transfer=transfer, by=li, reason="x", clause="1.2.6", at=now())
        transfers.propose(transfer=transfer, by=staff[0], reason="x", clause="1.2.6", at=now())
        with pytest.raises(NotAllowed, match="proposed themselves"):
            transfers.consent(transfer=transfer, by=staff[0], reason="x", at=now())
        transfers.refuse(transfer=transfer, by=staff[1], reason="No proof", at=now())
        with pytest.raises(NotPossibleNow):
            transfers.consent(transfer=transfer, by=staff[1], reason="x", at=now())
        assert lab.memberships.get(user=wang).role == "admin"
        assert asked_for(lab, li, wang)

    def test_staff_who_belong_to_it_do_not_decide(self, lab, li, wang, staff):
        lab.memberships.create(user=wang, role="admin")
        lab.memberships.create(user=staff[0], role="viewer")
        transfer = asked_for(lab, li, wang)
        transfers.answer(transfer=transfer, by=wang, agreed=True, at=now())
        with pytest.raises(NotAllowed, match="belong"):
            transfers.propose(transfer=transfer, by=staff[0], reason="x", clause="1.2.6", at=now())

    def test_what_was_taken_back_or_declined_is_over(self, lab, li, wang):
        lab.memberships.create(user=wang, role="admin")
        transfers.withdraw(transfer=asked_for(lab, li, wang), by=li, at=now())
        transfer = asked_for(lab, li, wang)
        transfers.answer(transfer=transfer, by=wang, agreed=False, at=now())
        with pytest.raises(NotPossibleNow):
            transfers.withdraw(transfer=transfer, by=li, at=now())
        assert not Transfer.objects.open().exists()

    def test_a_new_owner_who_left_meanwhile_gets_nothing(self, lab, li, wang, staff):
        member = lab.memberships.create(user=wang, role="admin")
        transfer = asked_for(lab, li, wang)
        transfers.answer(transfer=transfer, by=wang, agreed=True, at=now())
        transfers.propose(transfer=transfer, by=staff[0], reason="x", clause="14.1", at=now())
        members.leave(member=member, at=now())
        with pytest.raises(NotPossibleNow, match="does not belong"):
            transfers.consent(transfer=transfer, by=staff[1], reason="x", at=now())
        assert Transfer.objects.open().exists()


class TestKeys:
    def made(self, lab, by, **more):
        asked = {"name": "server", "services": [], "expires_at": None, "at": now()}
        return api_keys.create(account=lab, by=by, **{**asked, **more})

    def test_a_key_of_one_service_is_for_that_one(self, lab, li):
        images, texts = make_service(), make_service("text-generation")
        key, secret = self.made(lab, li, services=[images])
        assert secret not in str(ApiKey.objects.values().get())
        for service, code in [(images, "allowed"), (texts, "service_not_allowed")]:
            found = access.decide(account=lab, api_key=key, service=service, at=now())
            assert found.code == code

    def test_rotated_both_work_until_the_overlap_ends(self, lab, li):
        old, _secret = self.made(lab, li)
        at = now()
        new, _secret = api_keys.rotate(
            api_key=old, by=li, overlap=timedelta(days=7), expires_at=None, at=at
        )
        assert ApiKey.objects.usable(at).count() == 2
        assert list(ApiKey.objects.usable(at + timedelta(days=7, seconds=1))) == [new]
        with pytest.raises(NotPossibleNow, match="rotated already"):
            api_keys.rotate(api_key=old, by=li, overlap=timedelta(0), expires_at=None, at=at)

    def test_an_overlap_never_lengthens_and_has_bounds(self, lab, li):
        old, _secret = self.made(lab, li, expires_at=now() + timedelta(days=2))
        ends = old.expires_at
        with pytest.raises(NotPossibleNow):
            api_keys.rotate(
                api_key=old, by=li, overlap=timedelta(days=31), expires_at=None, at=now()
            )
        api_keys.rotate(api_key=old, by=li, overlap=timedelta(days=30), expires_at=None, at=now())
        old.refresh_from_db()
        assert old.expires_at == ends

    def test_revoked_is_over(self, lab, li):
        key, _secret = self.made(lab, li)
        with pytest.raises(ReasonMissing):
            api_keys.revoke(api_key=key, by=li, reason="", at=now())
        api_keys.revoke(api_key=key, by=li, reason="seen in a repository", at=now())
        with pytest.raises(NotPossibleNow):
            api_keys.revoke(api_key=key, by=li, reason="again", at=now())
        assert lines(lab) == ["keys.created", "keys.revoked"]

    def test_limits_and_roles(self, lab, li, settings):
        settings.API_KEYS_PER_ACCOUNT = 1
        viewer = make_person()
        lab.memberships.create(user=viewer, role="viewer")
        with pytest.raises(NotAllowed):
            self.made(lab, viewer)
        self.made(lab, li)
        with pytest.raises(TooManyOfThem):
            self.made(lab, li)
        settings.API_KEYS_PER_ACCOUNT = 9
        with pytest.raises(NotPossibleNow):
            self.made(lab, li, expires_at=now())

    def test_when_it_was_last_used_to_the_minute(self, lab, li):
        service = make_service()
        key, _secret = self.made(lab, li)
        at = now()
        for seconds, seen in [(600, 600), (580, 600), (540, 540), (700, 540), (0, 0)]:
            line = uses.Use(
                key_digest=key.digest, service=service.slug, used_at=at - timedelta(seconds=seconds)
            )
            assert uses.record(lines=[line], at=at) == ["recorded"]
            assert ApiKeyUse.objects.get().last_used_at == at - timedelta(seconds=seen)

    def test_people_are_told_once_of_a_key_that_ends(self, lab, li):
        self.made(lab, li, expires_at=now() + timedelta(days=13))
        self.made(lab, li, expires_at=now() + timedelta(days=90))
        assert api_keys.tell_of_expiring(at=now()) == 1
        assert api_keys.tell_of_expiring(at=now()) == 0
        assert Letter.objects.get().recipient == li

    def test_it_goes_to_another_account_with_consent(self, lab, li, wang, staff):
        service, other = make_service(), make_organization(wang, name="Other")
        key, _secret = self.made(lab, li)
        for wrong in (None, lab):
            with pytest.raises(NotPossibleNow, match="identifier"):
                transfers.ask_for_key(api_key=key, to_account=wrong, by=li, reason="sold", at=now())
        transfer = transfers.ask_for_key(
            api_key=key, to_account=other, by=li, reason="A part was sold", at=now()
        )
        with pytest.raises(NotAllowed):
            transfers.answer(transfer=transfer, by=li, agreed=True, at=now())
        carried_out(transfer, wang, staff)
        key.refresh_from_db()
        assert key.account == other
        assert access.decide(account=other, api_key=key, service=service, at=now()).allowed
        gone = access.decide(account=lab, api_key=key, service=service, at=now())
        assert gone.code == "key_unknown"
        # What a gateway reports late is of the account that the key belonged to then.
        handed_at = transfer.steps.get(kind="consented").recorded_at
        for used_at, whose in [(handed_at - timedelta(seconds=60), lab), (handed_at, other)]:
            line = uses.Use(key_digest=key.digest, service=service.slug, used_at=used_at)
            assert uses.record(lines=[line], at=now()) == ["recorded"]
            assert ServiceUse.objects.get(account=whose).last_used_at == used_at
        assert "keys.given" in lines(lab)
        assert "keys.received" in lines(other)


class TestLog:
    def test_pages_go_on_below_and_filters_hold(self, lab, li, wang):
        for number in range(activity.PAGE + 5):
            activity.note(Activity.Kind.TOP_UP, account=lab, by=wang, amount=str(number))
        activity.note(Activity.Kind.RENAMED, account=lab, by=li, name="New", was="Lab")
        everything = activity.Wanted()
        first = activity.page_of(lab, everything)
        second = activity.page_of(lab, everything, below=first.below)
        assert len(first.lines) == activity.PAGE
        assert (len(second.lines), second.below) == (6, None)
        assert len(activity.page_of(lab, activity.Wanted(area="account")).lines) == 1
        assert len(activity.page_of(lab, activity.Wanted(by=li)).lines) == 1
        today = localdate(now())
        for day, count in [(today + timedelta(days=2), 0), (today - timedelta(days=2), 50)]:
            assert len(activity.page_of(lab, activity.Wanted(since=day)).lines) == count

    def test_people_who_left_are_found_too(self, lab, li, wang):
        assert activity.people_of(lab) == []
        for by in (wang, li, wang, None):
            activity.note(Activity.Kind.TOP_UP, account=lab, by=by)
        activity.note(Activity.Kind.TOP_UP, account=make_account(), by=make_person())
        assert activity.people_of(lab) == [li, wang]

    def test_no_cell_of_the_file_is_a_formula(self, lab, li):
        li.name = "=HYPERLINK(1)"
        li.save()
        rename_account(account=lab, name="New", edition=lab.edition, by=li, at=now())
        heads, row = activity.exported(lab, activity.Wanted())
        assert row[1] == "'=HYPERLINK(1)"
        assert row[5] == "name: New, before: Lab"
        assert len(heads) == len(row)
