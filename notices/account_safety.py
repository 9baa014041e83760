"""What a person is told when something happens to the way they sign in: by letters, at every
address we know of them (clauses 1.2.4, 1.2.6).

Accounts sends the news, this is where it becomes words. A link in them can only stop a change,
never make one.
"""

from datetime import datetime
from string import Template
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from accounts import recoveries, signals
from accounts.models import (
    ConnectedLogin,
    ConnectionConsentEnd,
    PasswordReset,
    PhoneRecovery,
    User,
)
from accounts.phone_numbers import mask_phone
from notices import letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Words
from notices.models import Channel

RESET = "notices.password_reset"
RECOVERY = "notices.phone_recovery"
STOPPED = "notices.recovery_stopped"
CHANGING = "notices.phone_changing"
CHANGED = "notices.phone_changed"
CONNECTED = "notices.login_connected"
DISCONNECTED = "notices.login_disconnected"

KINDS = (
    LetterKind(name=RESET, label=_("new password"), clause="1.2.4"),
    LetterKind(name=RECOVERY, label=_("planned change of phone"), clause="1.2.6"),
    LetterKind(name=STOPPED, label=_("stopped change of phone"), clause="1.2.6"),
    LetterKind(name=CHANGING, label=_("change of phone"), clause="1.2.6"),
    LetterKind(
        name=CONNECTED, label=_("connected login"), channels=(Channel.EMAIL,), clause="1.2.3"
    ),
    LetterKind(
        name=DISCONNECTED, label=_("disconnected login"), channels=(Channel.EMAIL,), clause="1.2.3"
    ),
    # To the new phone alone: the e-mail address has had the one before.
    LetterKind(name=CHANGED, label=_("welcome of a new phone"), channels=(Channel.SMS,)),
)

TEXTS: dict[tuple[str, str], Words] = {
    (RESET, "zh-hans"): Words(
        subject="您的 apiqik 密码已重设",
        body=(
            "您账号的登录密码刚刚被重设，所有已登录的设备均已退出。\n\n"
            "时间：$when\n账号标识：$person\n\n"
            "如果不是您本人操作，请立即联系客服：您的手机和另一项验证方式可能已被他人掌握。\n\n$url\n"
        ),
        sms="【apiqik】您的登录密码已于 $when 重设。如非本人操作，请立即联系客服。",
    ),
    (RESET, "en"): Words(
        subject="Your apiqik password was reset",
        body=(
            "The password of your account was reset just now, and every device was signed out.\n\n"
            "When: $when\nYour identifier: $person\n\n"
            "If that was not you, write to support at once: somebody may have your phone and one "
            "more of your proofs.\n\n$url\n"
        ),
        sms="apiqik: your password was reset at $when. Not you? Write to support at once.",
    ),
    (RECOVERY, "zh-hans"): Words(
        subject="有人申请更换您的登录手机，$when 生效",
        body=(
            "我们收到了更换您登录手机的申请，两位工作人员已核实并同意。变更将在等待期结束后生效。\n\n"
            "新手机：$new_phone\n生效时间：$when\n移除第二重验证：$factor\n编号：$reference\n\n"
            "如果不是您本人申请，请打开下面的链接，按一下即可阻止，无需登录：\n\n$url\n\n"
            "如果是您本人申请，无需任何操作。\n"
        ),
        sms="【apiqik】有人申请更换您的登录手机，$day 生效。非本人请打开阻止：$url",
    ),
    (RECOVERY, "en"): Words(
        subject="Somebody asked to change your phone; it takes effect on $when",
        body=(
            "We were asked to change the phone you sign in with, and two of our staff found that "
            "it was you. The change takes effect after a waiting period.\n\n"
            "New phone: $new_phone\nTakes effect: $when\n"
            "Second factor removed: $factor\nReference: $reference\n\n"
            "If that was not you, follow this link and stop it with one press. You need not sign "
            "in:\n\n$url\n\n"
            "If it was you, there is nothing to do.\n"
        ),
        sms="apiqik: your sign-in phone changes on $day. Not you? Stop it: $url",
    ),
    (STOPPED, "zh-hans"): Words(
        subject="更换登录手机的申请已停止",
        body=(
            "更换您登录手机的申请（编号 $reference）已停止，您的账号没有任何变化。\n\n"
            "如果申请不是您提出的，说明有人了解您的一些信息：请修改密码，并查看登录过的设备。\n\n"
            "$url\n"
        ),
        sms="【apiqik】更换登录手机的申请已停止，账号没有变化。",
    ),
    (STOPPED, "en"): Words(
        subject="The change of your phone was stopped",
        body=(
            "The change of the phone you sign in with (number $reference) was stopped. Nothing "
            "about your account changes.\n\n"
            "If you had not asked for it, somebody knows things about you: change your password, "
            "and look where you are signed in.\n\n$url\n"
        ),
        sms="apiqik: the change of your sign-in phone was stopped. Nothing changes.",
    ),
    (CHANGING, "zh-hans"): Words(
        subject="您的登录手机已更换",
        body=(
            "等待期已结束，没有人提出异议。从现在起，请用新手机登录；所有已登录的设备均已退出。\n\n"
            "新手机：$new_phone\n时间：$when\n编号：$reference\n\n"
            "如果忘记了密码，可以在登录页重设；我们对您身份的核实在 14 天内可以作为另一项验证。"
            "如果不是您本人申请，请立即联系客服。\n\n$url\n"
        ),
        sms="【apiqik】您的登录手机已换为 $new_phone。如非本人操作，请立即联系客服。",
    ),
    (CHANGING, "en"): Words(
        subject="Your sign-in phone was changed",
        body=(
            "The waiting period is over and nobody objected. From now on you sign in with the new "
            "phone; every device was signed out.\n\n"
            "New phone: $new_phone\nWhen: $when\nReference: $reference\n\n"
            "If you forgot your password, reset it on the sign-in page: for 14 days our check of "
            "who you are counts as the second proof. If this was not you, write to support at "
            "once.\n\n$url\n"
        ),
        sms="apiqik: your sign-in phone is now $new_phone. Not you? Write to support at once.",
    ),
    (CHANGED, "zh-hans"): Words(
        subject="新手机已启用",
        body="从现在起，请用 $new_phone 登录 apiqik。\n\n编号：$reference\n\n$url\n",
        sms="【apiqik】从现在起，请用本号码登录。忘记密码可在登录页重设。",
    ),
    (CHANGED, "en"): Words(
        subject="Your new phone is in use",
        body="From now on, sign in to apiqik with $new_phone.\n\nReference: $reference\n\n$url\n",
        sms="apiqik: from now on you sign in with this number. You can reset your password there.",
    ),
    (CONNECTED, "zh-hans"): Words(
        subject="已关联 $provider 登录方式",
        body=(
            "您的账号已与 $provider 的登录方式关联，今后可以用它登录。\n\n"
            "时间：$when\n账号标识：$person\n\n"
            "如果不是您本人操作，请解除关联并修改密码：\n\n$url\n"
        ),
    ),
    (CONNECTED, "en"): Words(
        subject="You can now sign in by $provider",
        body=(
            "Your account was connected with your login at $provider, which opens it from now "
            "on.\n\nWhen: $when\nYour identifier: $person\n\n"
            "If that was not you, disconnect it and change your password:\n\n$url\n"
        ),
    ),
    (DISCONNECTED, "zh-hans"): Words(
        subject="已解除 $provider 登录方式的关联",
        body=(
            "您的账号与 $provider 的登录方式已解除关联，我们保存的令牌已销毁，"
            "您对此的同意随之终止。\n\n"
            "时间：$when\n账号标识：$person\n\n$url\n"
        ),
    ),
    (DISCONNECTED, "en"): Words(
        subject="$provider no longer signs you in",
        body=(
            "Your login at $provider was disconnected from your account. The tokens we kept are "
            "destroyed, and your consent to them has ended.\n\n"
            "When: $when\nYour identifier: $person\n\n$url\n"
        ),
    ),
}
YES_NO = {"zh-hans": ("否", "是"), "en": ("no", "yes")}


def register() -> None:
    """Called once, when the apps are ready."""
    for kind in KINDS:
        letter_kinds.register(kind)


@receiver(signals.password_was_reset)
def password_was_reset(sender: object, reset: PasswordReset, at: datetime, **_: Any) -> None:
    _tell(RESET, reset.user, key=reset.attempt, at=at, when=at, page=reverse("password_help"))


@receiver(signals.recovery_was_approved)
def recovery_was_approved(
    sender: object, recovery: PhoneRecovery, not_before: datetime, at: datetime, **_: Any
) -> None:
    link = [recovery.public_id, recoveries.mark_of(recovery)]
    _about(RECOVERY, recovery, at=at, when=not_before, page=reverse("stop_recovery", args=link))


@receiver(signals.recovery_was_stopped)
def recovery_was_stopped(sender: object, recovery: PhoneRecovery, at: datetime, **_: Any) -> None:
    """Only if they were told of it in the first place."""
    proposal = recoveries.proposal_of(recovery)
    if proposal is not None and hasattr(proposal, "decision") and proposal.decision.approved:
        _about(STOPPED, recovery, at=at, when=at, page=reverse("settings"))


@receiver(signals.phone_is_changing)
def phone_is_changing(sender: object, recovery: PhoneRecovery, at: datetime, **_: Any) -> None:
    _about(CHANGING, recovery, at=at, when=at, page=reverse("password_help"))


@receiver(signals.phone_was_changed)
def phone_was_changed(sender: object, recovery: PhoneRecovery, at: datetime, **_: Any) -> None:
    _about(CHANGED, recovery, at=at, when=at, page=reverse("account_login"))


@receiver(signals.login_was_connected)
def login_was_connected(sender: object, login: ConnectedLogin, at: datetime, **_: Any) -> None:
    _of_login(CONNECTED, login, at=at)


@receiver(signals.login_was_disconnected)
def login_was_disconnected(
    sender: object, login: ConnectedLogin, end: ConnectionConsentEnd, at: datetime, **_: Any
) -> None:
    """Not those who leave: they have a letter that says so."""
    if end.why != ConnectionConsentEnd.Why.LEFT:
        _of_login(DISCONNECTED, login, at=at)


def _of_login(kind: str, login: ConnectedLogin, *, at: datetime) -> None:
    _tell(
        kind,
        login.user,
        key=login.public_id,
        at=at,
        when=at,
        page=reverse("connected_logins"),
        provider=login.consent.provider_name,
    )


def _about(kind: str, recovery: PhoneRecovery, *, at: datetime, when: datetime, page: str) -> None:
    proposal = recoveries.proposal_of(recovery)
    _tell(
        kind,
        recovery.user,
        key=recovery.public_id,
        at=at,
        when=when,
        page=page,
        reference=recovery.public_id,
        new_phone=mask_phone(recovery.new_phone),
        factor=proposal is not None and proposal.drops_factor,
    )


def _tell(
    kind: str,
    person: User,
    *,
    key: str,
    at: datetime,
    when: datetime,
    page: str,
    factor: bool = False,
    **more: str,
) -> None:
    """One letter to one person, in their language and time zone."""

    def words(reader: User) -> Words:
        text = TEXTS[kind, reader.language]
        moment = localtime(when)
        values = {
            "person": reader.public_id,
            "when": f"{moment:%Y-%m-%d %H:%M %Z}",
            "day": f"{moment:%Y-%m-%d}",
            "url": settings.SITE_URL.rstrip("/") + page,
            "factor": YES_NO[reader.language][factor],
            **more,
        }
        said = (Template(part).substitute(values) for part in (text.subject, text.body, text.sms))
        return Words(*said)

    letters.write(recipients=[person], kind=kind, key=key, account=None, words=words, at=at)
