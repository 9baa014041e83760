"""What people are told about their money, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import override

from accounts.models import User
from billing.models import Occasion
from billing.money import shown


@dataclass(frozen=True)
class Text:
    """A letter, and the same in the length of an SMS."""

    subject: str
    body: str
    sms: str


Kind = Occasion.Kind

TEXTS: Mapping[tuple[str, str], Text] = {
    (Kind.LOW_BALANCE, "zh-hans"): Text(
        subject="余额提醒：$account",
        body=(
            "账号 $account（$account_id）的可用余额已低于您设置的 ¥$threshold。\n\n"
            "可用余额：¥$amount\n时间：$moment\n\n"
            "余额用完后将暂停提供服务，充值后立即恢复。您可以登录后充值，或修改提醒金额：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 可用余额 ¥$amount，低于提醒金额 ¥$threshold，请及时充值。",
    ),
    (Kind.LOW_BALANCE, "en"): Text(
        subject="Low balance: $account",
        body=(
            "The account $account ($account_id) can spend less than the CNY $threshold below "
            "which you asked to be told.\n\n"
            "Balance: CNY $amount\nTime: $moment\n\n"
            "When the balance is used up, services stop until you top it up. Sign in to top up, "
            "or to choose another threshold:\n\n$url\n"
        ),
        sms="apiqik: $account has CNY $amount left, below CNY $threshold. Please top up.",
    ),
    (Kind.CREDIT_EXPIRING, "zh-hans"): Text(
        subject="赠送余额即将过期：$account",
        body=(
            "账号 $account（$account_id）的一笔赠送余额即将过期，过期后不能再使用。\n\n"
            "剩余金额：¥$amount\n过期时间：$moment\n\n"
            "充值金额不会过期。您可以登录后查看：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 有赠送余额 ¥$amount 将于 $moment 过期。",
    ),
    (Kind.CREDIT_EXPIRING, "en"): Text(
        subject="Granted credit expires soon: $account",
        body=(
            "Some granted credit of the account $account ($account_id) expires soon and cannot "
            "be used after that.\n\n"
            "Left: CNY $amount\nExpires: $moment\n\n"
            "What you paid in does not expire. Sign in to see it:\n\n$url\n"
        ),
        sms="apiqik: CNY $amount of granted credit of $account expires $moment.",
    ),
}


def text_for(occasion: Occasion, person: User) -> Text:
    """The texts of an occasion in the person's language and time zone."""
    text = TEXTS[occasion.kind, person.language]
    moment = occasion.lot.expires_at if occasion.lot else occasion.noticed_at
    assert moment is not None  # only lots that expire are occasions
    name = occasion.account.name or occasion.account.public_id
    with override(person.language):
        values = {
            "account": name,
            "account_id": occasion.account.public_id,
            "amount": shown(occasion.amount),
            "threshold": shown(occasion.threshold),
            "moment": f"{moment.astimezone(ZoneInfo(person.time_zone)):%Y-%m-%d %H:%M %Z}",
            "url": settings.SITE_URL.rstrip("/") + "/",
        }
    return Text(
        subject=_filled(text.subject, values, most=200),
        body=_filled(text.body, values),
        # Of a long name its beginning, so that the amount is always there.
        sms=_filled(text.sms, {**values, "account": name[:40]}, most=200),
    )


def _filled(text: str, values: Mapping[str, str], most: int | None = None) -> str:
    return Template(text).substitute(values)[:most]
