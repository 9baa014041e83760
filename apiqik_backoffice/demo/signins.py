"""The sign-ins of the demo world, made anew for each installation.

Kept in `var/demo-signins.json`, readable by the server's user alone, so that
`manage.py signins` can show them again with the current second-factor codes.
"""

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.exceptions import BackOfficeError
from common.public_ids import ALPHABET

TOTP_SECONDS = 30


class NoDemoSignIns(BackOfficeError):
    """There is no demo world here, or not one of this installation."""


@dataclass(frozen=True)
class SignIn:
    """Somebody of the demo world. `secret` is that of the authenticator app, if any."""

    name: str
    about: str
    phone: str
    password: str
    secret: str = ""

    def code(self) -> str:
        """The second-factor code of this moment, `""` for people without one."""
        if not self.secret:
            return ""
        # Real time, as in the authenticator app, whatever the database's clock says.
        code: str = format_hotp_value(hotp_value(self.secret, int(time.time()) // TOTP_SECONDS))
        return code


@dataclass
class SignIns:
    """Everybody who may sign in, and the token of the gateway's service client."""

    staff: list[SignIn] = field(default_factory=list)
    customers: list[SignIn] = field(default_factory=list)
    gateway_token: str = ""

    def save(self) -> None:
        """Writes the file anew, for the server's user alone."""
        path = place()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)

    @classmethod
    def read(cls) -> "SignIns":
        """Raises `NoDemoSignIns`."""
        try:
            kept = json.loads(place().read_text(encoding="utf-8"))
            return cls(
                staff=[SignIn(**one) for one in kept["staff"]],
                customers=[SignIn(**one) for one in kept["customers"]],
                gateway_token=kept["gateway_token"],
            )
        except FileNotFoundError:
            raise NoDemoSignIns(
                _("There is no demo world here. `manage.py load_demo_world` fills an empty one.")
            ) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise NoDemoSignIns(
                _("%(path)s cannot be read. Delete it and the database, then start again.")
                % {"path": place()}
            ) from None


def place() -> Path:
    """The file."""
    return Path(settings.VAR_DIR) / "demo-signins.json"


def new_password() -> str:
    """Random, and easy to type: 12 characters in groups, 60 bits."""
    letters = "".join(secrets.choice(ALPHABET) for _letter in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
