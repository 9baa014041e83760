"""What a person is told when the way they sign in changed under their own hands (1.2.4): a
letter at every address, so that whoever did it in their name is found out.
"""

from datetime import datetime
from string import Template
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common import clock
from common.public_ids import new_public_id
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Words

PASSWORD = "notices.password_changed"
FACTOR_ON = "notices.second_factor_on"
FACTOR_OFF = "notices.second_factor_off"
CODES = "notices.recovery_codes_new"

KINDS = (
    LetterKind(name=PASSWORD, label=_("changed password"), clause="1.2.4"),
    LetterKind(name=FACTOR_ON, label=_("second factor set up"), clause="1.2.4"),
    LetterKind(name=FACTOR_OFF, label=_("second factor switched off"), clause="1.2.4"),
    LetterKind(name=CODES, label=_("new recovery codes"), clause="1.2.4"),
)

NOT_YOU = {
    "zh-hans": "如果不是您本人操作，请立即重设密码，并联系客服。",
    "en": "If that was not you, reset your password at once and write to support.",
}
SAID: dict[str, dict[str, tuple[str, str]]] = {
    PASSWORD: {
        "zh-hans": ("您的 apiqik 密码已修改", "您的登录密码已修改，其他已登录的设备均已退出。"),
        "en": (
            "Your apiqik password was changed",
            "Your password was changed, and every other device was signed out.",
        ),
    },
    FACTOR_ON: {
        "zh-hans": ("您已开启两步验证", "从现在起，登录时还需要输入验证器应用中的验证码。"),
        "en": (
            "A second factor was set up",
            "From now on, signing in also takes a code from the authenticator app.",
        ),
    },
    FACTOR_OFF: {
        "zh-hans": ("您的两步验证已关闭", "从现在起，只需手机号和密码即可登录。"),
        "en": (
            "Your second factor was switched off",
            "From now on, phone and password are enough to sign in.",
        ),
    },
    CODES: {
        "zh-hans": ("您的恢复代码已更换", "已生成新的恢复代码，旧的代码全部失效。"),
        "en": (
            "You have new recovery codes",
            "New recovery codes were made; the old ones are void.",
        ),
    },
}
BODY = {
    "zh-hans": "$said\n\n时间：$when\n账号标识：$person\n\n$not_you\n\n$url\n",
    "en": "$said\n\nWhen: $when\nYour identifier: $person\n\n$not_you\n\n$url\n",
}
SMS = {
    "zh-hans": "【apiqik】$subject（$when）。如非本人操作，请立即重设密码。",
    "en": "apiqik: $subject ($when). Not you? Reset your password at once.",
}


def register() -> None:
    """Called once, when the apps are ready."""
    for kind in KINDS:
        letter_kinds.register(kind)


@receiver(password_changed)
def told_of_password(sender: object, user: User, **_news: Any) -> None:
    _tell(PASSWORD, user)


@receiver(authenticator_added)
def told_of_factor(sender: object, user: User, authenticator: Authenticator, **_news: Any) -> None:
    """Recovery codes come along with the app and are no news of their own."""
    if authenticator.type == Authenticator.Type.TOTP:
        _tell(FACTOR_ON, user)


@receiver(authenticator_removed)
def told_of_none(sender: object, user: User, authenticator: Authenticator, **_news: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        _tell(FACTOR_OFF, user)


@receiver(authenticator_reset)
def told_of_codes(sender: object, user: User, authenticator: Authenticator, **_news: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _tell(CODES, user)


def _tell(kind: str, person: User) -> None:
    at = clock.now()
    # Each time is news of its own.
    letters.write(
        recipients=[person],
        kind=kind,
        key=new_public_id("sec"),
        account=None,
        words=lambda reader: _words(kind, reader, at),
        at=at,
    )


def _words(kind: str, reader: User, at: datetime) -> Words:
    subject, said = SAID[kind][reader.language]
    values = {
        "subject": subject,
        "said": said,
        "when": f"{localtime(at):%Y-%m-%d %H:%M}",
        "person": reader.public_id,
        "not_you": NOT_YOU[reader.language],
        "url": settings.SITE_URL.rstrip("/") + reverse("password_help"),
    }
    filled = (Template(text[reader.language]).substitute(values) for text in (BODY, SMS))
    return Words(subject, *filled)
