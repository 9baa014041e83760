"""Made-up customers: people, their accounts and the organizations they share.

The same every time. E-mail addresses are at domains reserved for examples, American
phone numbers in the range reserved for fiction; for China none is reserved, so the
numbers are from a block of zeros. None is ever written to.
"""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from accounts.import_rows import ImportRow

_PARTS = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
NAMES: dict[str, list[str]] = {part: words.split() for part, words in _PARTS.items()}
# Area codes whose 555-0100 to 555-0199 is kept for fiction.
AREAS = (202, 303, 404, 512, 617, 702, 808, 916)
ENGLISH_ZONES = ("Europe/Berlin", "America/New_York", "Europe/London", "Asia/Singapore")
DOMAINS = ("example.com", "example.org", "example.net")
COLLEAGUES = ("admin", "billing", "developer", "developer", "viewer")


class Population:
    """Customers as rows of an import, in the order in which they come."""

    def __init__(self, *, people: int, organizations: int) -> None:
        self.random = random.Random("apiqik demo")  # noqa: S311 -- made up, nothing secret
        self.people = [self._person(number) for number in range(people)]
        self.organizations = [self._organization(number) for number in range(organizations)]

    def joining(self, first: int, last: int, *, at: datetime) -> list[ImportRow]:
        """The rows for people `first` to `last` (excluded) and organizations they found."""
        share = len(self.organizations) / len(self.people)
        rows = [self._place(person, at=at) for person in self.people[first:last]]
        for organization in self.organizations[int(first * share) : int(last * share)]:
            rows += self._members(organization, self.people[:last], at=at)
        return rows

    def place_of(self, phone: str, *, at: datetime, company: str) -> ImportRow:
        """The row for a further organization that the person of that phone owns."""
        person = next(person for person in self.people if person["phone"] == phone)
        number = len(self.organizations)
        organization = {"name": company, "ref": f"demo-{number:03}", "time_zone": "Asia/Shanghai"}
        return replace(
            self._place(person, at=at, organization=organization),
            accepted=("terms", 1),
            accepted_at=at,
        )

    def _person(self, number: int) -> dict[str, str]:
        chinese = self.random.random() < 0.7
        if chinese:
            name = self.random.choice(NAMES["surnames"]) + self.random.choice(NAMES["given"])
            phone, mailbox = f"+86199{number:08}", f"user{number}"
        else:
            first, last = self.random.choice(NAMES["first"]), self.random.choice(NAMES["last"])
            name, mailbox = f"{first} {last}", f"{first}.{last}{number}".lower()
            area, line = AREAS[number // 100 % len(AREAS)], 100 + number % 100
            phone = f"+1{area}555{line:04}"
        return {
            "name": name,
            "phone": phone,
            # One in twelve never verified an address, and is told by SMS alone.
            "email": "" if number % 12 == 11 else f"{mailbox}@{self.random.choice(DOMAINS)}",
            "language": "zh-hans" if chinese else "en",
            "time_zone": "Asia/Shanghai" if chinese else self.random.choice(ENGLISH_ZONES),
        }

    def _organization(self, number: int) -> dict[str, str]:
        if self.random.random() < 0.7:
            place = NAMES["places"][number % len(NAMES["places"])]
            name = f"{place}{self.random.choice(NAMES['trades'])}有限公司"
            zone = "Asia/Shanghai"
        else:
            company = NAMES["companies"][number % len(NAMES["companies"])]
            name = f"{company} {self.random.choice(NAMES['lines_of_business'])}"
            zone = self.random.choice(ENGLISH_ZONES)
        return {"name": name, "ref": f"demo-{number:03}", "time_zone": zone}

    def _members(
        self, organization: dict[str, str], known: list[dict[str, str]], *, at: datetime
    ) -> Iterator[ImportRow]:
        members = self.random.sample(known, k=min(self.random.randint(1, 6), len(known)))
        for number, person in enumerate(members):
            role = "owner" if number == 0 else self.random.choice(COLLEAGUES)
            yield self._place(person, at=at, organization=organization, role=role)

    def _place(
        self,
        person: dict[str, str],
        *,
        at: datetime,
        organization: dict[str, str] | None = None,
        role: str = "owner",
    ) -> ImportRow:
        # One new account in forty has not been agreed for yet.
        agreed = role == "owner" and self.random.random() > 0.025
        return ImportRow(
            line=0,
            phone=person["phone"],
            name=person["name"],
            email=person["email"],
            email_verified_at=at if person["email"] else None,
            phone_verified_at=at,
            language=person["language"],
            time_zone=organization["time_zone"] if organization else person["time_zone"],
            kind="organization" if organization else "personal",
            account_ref=organization["ref"] if organization else None,
            account_name=organization["name"] if organization else person["name"],
            role=role,
            accepted=("terms", 1) if agreed else None,
            accepted_at=at if agreed else None,
        )
