"""Those who work in the demo world: each group, and a superuser."""

from dataclasses import dataclass

from django.contrib.auth.models import Group

from accounts import second_factor, staff_groups
from accounts.models import User
from apiqik_backoffice.demo.signins import SignIn, SignIns, new_password
from common import clock


@dataclass(frozen=True)
class Colleague:
    """A member of staff; `group` "" is the superuser."""

    name: str
    phone: str
    email: str
    group: str
    language: str = "zh-hans"


COLLEAGUES = (
    Colleague("郑晓岚", "+8619900009000", "zheng@example.com", ""),
    Colleague("林若溪", "+8619900009001", "lin@example.com", "compliance"),
    Colleague("Marta Weber", "+8619900009002", "weber@example.com", "compliance", "en"),
    Colleague("韩志远", "+8619900009003", "han@example.com", "compliance"),
    Colleague("沈秋实", "+8619900009004", "shen@example.com", "supervisor"),
    Colleague("Felix Larsen", "+8619900009005", "larsen@example.com", "supervisor", "en"),
    Colleague("唐佳怡", "+8619900009006", "tang@example.com", "support"),
    Colleague("Nina Silva", "+8619900009007", "silva@example.com", "support", "en"),
    Colleague("许文博", "+8619900009008", "xu@example.com", "billing"),
    Colleague("Omar Haddad", "+8619900009009", "haddad@example.com", "billing", "en"),
    Colleague("冯静", "+8619900009010", "feng@example.com", "auditor"),
)


class Office:
    """The staff once they are there, by group."""

    def __init__(self, signins: SignIns) -> None:
        self.signins = signins
        self.by_group: dict[str, list[User]] = {}

    def open(self) -> None:
        """Everybody begins to work here."""
        for colleague in COLLEAGUES:
            self._hire(colleague)

    @property
    def superuser(self) -> User:
        return self.by_group[""][0]

    @property
    def officers(self) -> list[User]:
        return self.by_group["compliance"]

    @property
    def supervisors(self) -> list[User]:
        return self.by_group["supervisor"]

    def _hire(self, colleague: Colleague) -> None:
        now = clock.now()
        password = new_password()
        person = User.objects.create_user(
            colleague.phone,
            password,
            name=colleague.name,
            language=colleague.language,
            contact_email=colleague.email,
            contact_email_verified_at=now,
            phone_verified_at=now,
            is_staff=True,
            is_superuser=not colleague.group,
        )
        if colleague.group:
            staff_groups.assign(
                user=person,
                groups=[Group.objects.get(name=colleague.group)],
                actor=self.superuser,
                reason="The demo world opens.",
            )
        secret = second_factor.set_up(user=person).secret
        self.by_group.setdefault(colleague.group, []).append(person)
        about = colleague.group or "superuser"
        self.signins.staff.append(SignIn(colleague.name, about, colleague.phone, password, secret))
