"""For a member of staff who lost phone and recovery codes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import staff
from accounts.exceptions import NotAPhoneNumber
from accounts.models import User
from accounts.phone_numbers import parse_phone


class Command(BaseCommand):
    help = (
        "Takes the second factor from somebody who lost it, and ends their sessions. Staff have "
        "to set up a new one before the back office opens again. Check first that it is they "
        "who ask."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get(phone=parse_phone(options["phone"]))
        except NotAPhoneNumber as refusal:
            raise CommandError(str(refusal)) from None
        except User.DoesNotExist:
            raise CommandError(f"Nobody signs in with {options['phone']}.") from None
        kinds = staff.reset_second_factor(user=user)
        if not kinds:
            raise CommandError(f"{user.name} has no second factor.")
        self.stdout.write(self.style.SUCCESS(f"Taken from {user.name}: {', '.join(kinds)}."))
