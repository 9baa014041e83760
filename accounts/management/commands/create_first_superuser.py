"""The person who invites everybody else, with their second factor."""

import getpass
import io
import secrets
import sys
from typing import Any

import qrcode
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import second_factor
from accounts.exceptions import NotAPhoneNumber
from accounts.models import User
from accounts.models.users import Language
from accounts.phone_numbers import parse_phone
from common import clock


class Command(BaseCommand):
    help = (
        "Makes the first superuser and sets up their second factor. Asks for a password, or "
        "makes one with --generate-password. The authenticator key, its QR code and the "
        "recovery codes are printed once and never again. Refuses when there is a superuser "
        "already, unless --force says that all of them have lost their way in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--phone", required=True, help="such as 13812345678")
        parser.add_argument("--name", required=True)
        parser.add_argument("--language", choices=Language.values, default=Language.CHINESE)
        parser.add_argument(
            "--generate-password", action="store_true", help="make a password and print it once"
        )
        parser.add_argument("--force", action="store_true", help="even if there is a superuser")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        phone = self._check(options["phone"], force=options["force"])
        user = User(
            phone=phone,
            phone_verified_at=clock.now(),  # whoever runs this vouches for the number
            name=options["name"],
            language=options["language"],
            is_staff=True,
            is_superuser=True,
        )
        password = self._password(user, generate=options["generate_password"])
        user.set_password(password)
        user.save()
        self._print(user, second_factor.set_up(user=user), password, options)

    def _check(self, written: str, *, force: bool) -> str:
        if not force and User.objects.filter(is_superuser=True, is_active=True).exists():
            raise CommandError(
                "There is a superuser already, who can invite others in the back office. "
                "If nobody can sign in as one any more, add --force."
            )
        try:
            phone = parse_phone(written)
        except NotAPhoneNumber as refusal:
            raise CommandError(str(refusal)) from None
        if User.objects.filter(phone=phone).exists():
            raise CommandError(
                f"Somebody signs in with {phone} already. Take a number of your own for the "
                "back office."
            )
        return phone

    def _password(self, user: User, *, generate: bool) -> str:
        if generate:
            return secrets.token_urlsafe(15)
        if not sys.stdin.isatty():
            raise CommandError(
                "There is no terminal to ask for a password: add --generate-password."
            )
        while True:
            password = getpass.getpass("Password: ")
            try:
                validate_password(password, user)
            except ValidationError as weak:
                self.stderr.write(" ".join(weak.messages))
                continue
            if getpass.getpass("Password again: ") == password:
                return password
            self.stderr.write("The two differ.")

    def _print(
        self,
        user: User,
        factor: second_factor.NewSecondFactor,
        password: str,
        options: dict[str, Any],
    ) -> None:
        write = self.stdout.write
        write(self.style.SUCCESS(f"{user.name} can sign in with {user.phone}."))
        if options["generate_password"]:
            write(f"Password: {password}")
        write("\nScan this with an authenticator app; it is not shown again:\n")
        write(_drawn(factor.otpauth_uri))
        write(f"{factor.otpauth_uri}\n")
        write("Recovery codes, each good for one sign-in. Keep them apart from your phone:")
        for recovery_code in factor.recovery_codes:
            write(f"  {recovery_code}")


def _drawn(text: str) -> str:
    """`text` as a QR code of block characters, for a terminal."""
    code = qrcode.QRCode(border=2)
    code.add_data(text)
    drawing = io.StringIO()
    code.print_ascii(out=drawing, invert=True)
    return drawing.getvalue()
