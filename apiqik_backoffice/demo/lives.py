"""What the demo world's people do with their accounts: a minor who waits for a guardian, things
handed over, somebody who leaves, a lost phone, an invitation.

Through the verbs of everybody concerned, on the timeline's days, so that each page and each
queue of staff has something to show. Only what takes a code from a phone is written as the verb
would write it once the code came back.
"""

from collections.abc import Sequence
from datetime import timedelta

from accounts import capacity, guardians, invitations, leaving, recoveries, transfers
from accounts.models import (
    Account,
    AgreementVersion,
    Capacity,
    Invitation,
    Membership,
    PhoneRecovery,
    RecoveryCheck,
    Transfer,
    User,
)
from apiqik_backoffice.demo.staff import Office
from apiqik_backoffice.demo.timeline import Timeline
from common import clock
from common.public_ids import new_public_id

NEW_PHONE = "+8613900009002"


class Lives:
    """Puts them on the timeline. `minor`, `leaver` and `loser` are personal accounts, `given`
    organizations with an owner: the first is handed over, a key of it goes to the second."""

    def __init__(
        self,
        timeline: Timeline,
        office: Office,
        *,
        minor: Account,
        leaver: Account,
        loser: Account,
        given: Sequence[Account],
    ) -> None:
        self.timeline, self.office = timeline, office
        self.minor, self.leaver, self.loser = (holder_of(one) for one in (minor, leaver, loser))
        self.minors_account = minor
        self.given, self.to = given

    def tell(self) -> None:
        """Schedules all of it."""
        at, ago = self.timeline.at, self.timeline.ago
        at(ago(6, hour=10), self.somebody_leaves)
        at(ago(5, hour=9), self.a_phone_is_lost)
        at(ago(4, hour=15), self.an_organization_changes_hands)
        at(ago(3, hour=10), self.a_minor_waits)
        at(ago(2, hour=16), self.a_key_goes_elsewhere)
        at(ago(1, hour=11), self.a_colleague_is_invited)

    def somebody_leaves(self) -> None:
        """Cools off now, and may still take it back."""
        leaving.leave(
            person=self.leaver,
            reason="I no longer need it.",
            ip_address=None,
            at=clock.now(),
        )

    def a_phone_is_lost(self) -> None:
        """Checked by one of staff; a colleague has to propose, another to approve."""
        recovery = PhoneRecovery.record(
            public_id=new_public_id("rec"),
            user=self.loser,
            old_phone=self.loser.phone,
            new_phone=NEW_PHONE,
            drops_factor=False,
            reason="My phone was stolen on the train and I could not keep the number.",
        )
        recoveries.check(
            recovery=recovery,
            kind=RecoveryCheck.Kind.CALL,
            passed=True,
            seen="Called back at the office; named the last two top-ups and their days.",
            case_reference="",
            by=self.office.by_group["support"][0],
        )

    def an_organization_changes_hands(self) -> None:
        """Agreed to and proposed: a supervisor decides."""
        owner, heir = owner_of(self.given), self.loser
        self.given.memberships.create(user=heir, role=Membership.Role.ADMIN)
        transfer = transfers.ask_for_ownership(
            account=self.given,
            by=owner,
            new_owner=heir,
            remains_as=Membership.Role.VIEWER,
            reason="He runs the company from this month on.",
            at=clock.now(),
        )
        transfers.answer(transfer=transfer, by=heir, agreed=True, at=clock.now())
        transfers.propose(
            transfer=transfer,
            by=self.office.officers[0],
            reason="The resolution of the shareholders was shown.",
            clause=transfers.CLAUSES[Transfer.Kind.OWNERSHIP],
            at=clock.now(),
        )

    def a_minor_waits(self) -> None:
        """Declared to be sixteen, and has not named a guardian yet."""
        now = clock.now()
        grown_up = (now + timedelta(days=600)).date().replace(day=1)
        capacity.declare(
            user=self.minor,
            standing=capacity.Standing(Capacity.MINOR, grown_up),
            version=AgreementVersion.objects.filter(document__slug="terms").latest("number"),
            at=now,
        )
        guardians.require(account=self.minors_account, since=now)

    def a_key_goes_elsewhere(self) -> None:
        """The other side has still to agree."""
        key = self.given.api_keys.usable(clock.now()).first()
        if key is not None:
            transfers.ask_for_key(
                api_key=key,
                to_account=self.to,
                by=owner_of(self.given),
                reason="The product it serves was sold to them.",
                at=clock.now(),
            )

    def a_colleague_is_invited(self) -> None:
        """By e-mail, and has not answered."""
        owner = owner_of(self.to)
        invitations.invite(
            account=self.to,
            by=owner,
            channel=Invitation.Channel.EMAIL,
            address="colleague@example.com",
            role=Membership.Role.DEVELOPER,
            language=owner.language,
            ip_address=None,
            at=clock.now(),
        )


def holder_of(account: Account) -> User:
    """Whose personal account it is."""
    if account.holder is None:
        raise LookupError(f"{account} is not a personal account.")
    return account.holder


def owner_of(account: Account) -> User:
    """The first owner of an organization."""
    return account.memberships.filter(role=Membership.Role.OWNER).earliest("pk").user
