"""Inviting a member of staff from the command line."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts import staff
from accounts.exceptions import NotAPhoneNumber
from accounts.models import User
from accounts.phone_numbers import parse_phone
from common import clock
from common.exceptions import BackOfficeError


class Command(BaseCommand):
    help = (
        "Sends an invitation to the back office by e-mail. Its link works once, for 72 hours; "
        "an earlier open invitation to the same address is withdrawn. Condition: --by is the "
        "phone of an active member of staff."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)
        parser.add_argument("--group", action="append", default=[], help="may be repeated")
        parser.add_argument("--by", required=True, help="phone of whoever invites")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"“{options['email']}” is not an e-mail address.") from None
        try:
            invitation = staff.invite(
                email=options["email"],
                name=options["name"],
                groups=self._groups(options["group"]),
                invited_by=self._inviter(options["by"]),
                at=clock.now(),
            )
        except BackOfficeError as refusal:
            raise CommandError(str(refusal)) from None
        until = f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"
        self.stdout.write(self.style.SUCCESS(f"Sent to {invitation.email}, valid until {until}."))

    def _groups(self, names: list[str]) -> list[Group]:
        found = {group.name: group for group in Group.objects.all()}
        if unknown := sorted(set(names) - set(found)):
            raise CommandError(
                f"There is no group called {', '.join(unknown)}. "
                f"There are: {', '.join(sorted(found)) or 'none yet'}."
            )
        return [found[name] for name in names]

    def _inviter(self, written: str) -> User:
        try:
            inviter = User.objects.filter(phone=parse_phone(written), is_staff=True).first()
        except NotAPhoneNumber as refusal:
            raise CommandError(str(refusal)) from None
        if inviter is None:
            raise CommandError(f"No member of staff signs in with {written}.")
        return inviter
