"""Letters about accounts: members who come and go, transfers, keys that end, label exemptions.

`accounts` says what happened (`accounts.signals.account_news`); what people read is here.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from string import Template
from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import NotPossibleNow
from accounts.models import Account, ApiKey, Membership, User
from accounts.news import News
from accounts.signals import account_news, api_key_goes_elsewhere
from notices import label_texts, letters
from notices.letter_kinds import LetterKind, letter_kinds
from notices.letters import Words
from notices.models import ConcernedKey, ServiceChange

LABELS: Mapping[News, tuple[str | Promise, str]] = {
    **label_texts.LABELS,
    News.JOINED: (_("somebody joined an organization"), "1.2.7"),
    News.ROLE_CHANGED: (_("another role in an organization"), "1.2.7"),
    News.REMOVED: (_("removed from an organization"), "1.2.7"),
    News.LEFT: (_("somebody left an organization"), "1.2.7"),
    News.TRANSFER_ASKED: (_("a transfer was asked for"), "14.1"),
    News.TRANSFER_DONE: (_("a transfer was consented to"), "14.1"),
    News.TRANSFER_ENDED: (_("a transfer will not happen"), "14.1"),
    News.KEY_EXPIRES: (_("an API key ends soon"), "2.2.2"),
}

TEXTS: Mapping[tuple[str, str], Words] = {
    **label_texts.TEXTS,
    (News.JOINED, "zh-hans"): Words(
        subject="$person 已加入 $account",
        body=(
            "$person 已接受邀请，加入 $account（$account_id），角色：$role。\n\n"
            "成员列表：\n\n$url\n"
        ),
    ),
    (News.JOINED, "en"): Words(
        subject="$person joined $account",
        body=(
            "$person accepted an invitation and joined $account ($account_id), as: $role.\n\n"
            "Members:\n\n$url\n"
        ),
    ),
    (News.ROLE_CHANGED, "zh-hans"): Words(
        subject="您在 $account 中的角色已变更",
        body="您在 $account（$account_id）中的角色现为：$role。\n\n请登录查看：\n\n$url\n",
    ),
    (News.ROLE_CHANGED, "en"): Words(
        subject="Your role in $account has changed",
        body="In $account ($account_id) you are now: $role.\n\nSign in to see it:\n\n$url\n",
    ),
    (News.REMOVED, "zh-hans"): Words(
        subject="您已不再是 $account 的成员",
        body=(
            "您已被移出 $account（$account_id），无法再查看或使用该组织账号。"
            "您的个人账号和其他组织账号不受影响。\n\n如有疑问，请联系该组织的管理员。\n"
        ),
    ),
    (News.REMOVED, "en"): Words(
        subject="You no longer belong to $account",
        body=(
            "You were removed from $account ($account_id) and can no longer see or use it. Your "
            "own account and other organizations are as they were.\n\n"
            "If you have questions, ask its administrators.\n"
        ),
    ),
    (News.LEFT, "zh-hans"): Words(
        subject="$person 已退出 $account",
        body=(
            "$person 已退出 $account（$account_id）。其创建的 API 密钥属于该账号，仍然有效；"
            "请轮换其知晓的密钥。\n\n成员列表：\n\n$url\n"
        ),
    ),
    (News.LEFT, "en"): Words(
        subject="$person left $account",
        body=(
            "$person left $account ($account_id). API keys they made belong to the account and "
            "go on working; rotate those they have seen.\n\nMembers:\n\n$url\n"
        ),
    ),
    (News.TRANSFER_ASKED, "zh-hans"): Words(
        subject="转让申请：$account",
        body=(
            "账号 $account（$account_id）有一项转让申请：$what。\n\n"
            "依据条款：1.2.6、2.2.2、14.1\n编号：$reference\n\n"
            "须由受让方同意，并经本平台两名工作人员同意后方可转让，在此之前一切不变。"
            "如您不知情，请立即登录查看：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 有一项转让申请，请登录查看。如非本人知悉，请立即联系客服。",
    ),
    (News.TRANSFER_ASKED, "en"): Words(
        subject="A transfer was asked for: $account",
        body=(
            "Somebody asked for a transfer in the account $account ($account_id): $what.\n\n"
            "Under: clauses 1.2.6, 2.2.2, 14.1\nReference: $reference\n\n"
            "Nothing changes before the other side has agreed and two of our staff have "
            "consented. If you know nothing of it, sign in now:\n\n$url\n"
        ),
        sms="apiqik: a transfer was asked for in $account. If you know nothing of it, sign in now.",
    ),
    (News.TRANSFER_DONE, "zh-hans"): Words(
        subject="转让已完成：$account",
        body=(
            "经本平台同意，账号 $account（$account_id）的转让已完成：$what。\n\n"
            "依据条款：1.2.6、2.2.2、14.1\n编号：$reference\n\n请登录查看：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 的转让已经本平台同意并完成，请登录查看。",
    ),
    (News.TRANSFER_DONE, "en"): Words(
        subject="A transfer was carried out: $account",
        body=(
            "With our consent a transfer in the account $account ($account_id) was carried "
            "out: $what.\n\nUnder: clauses 1.2.6, 2.2.2, 14.1\nReference: $reference\n\n"
            "Sign in to see it:\n\n$url\n"
        ),
        sms="apiqik: with our consent a transfer in $account was carried out. Sign in to see it.",
    ),
    (News.TRANSFER_ENDED, "zh-hans"): Words(
        subject="转让未进行：$account",
        body=(
            "账号 $account（$account_id）的转让申请已终止：$what。一切保持不变。\n\n"
            "编号：$reference\n\n请登录查看原因：\n\n$url\n"
        ),
    ),
    (News.TRANSFER_ENDED, "en"): Words(
        subject="A transfer will not happen: $account",
        body=(
            "The request for a transfer in the account $account ($account_id) has ended: "
            "$what. Everything stays as it was.\n\nReference: $reference\n\n"
            "Sign in to see why:\n\n$url\n"
        ),
    ),
    (News.KEY_EXPIRES, "zh-hans"): Words(
        subject="API 密钥即将到期：$account",
        body=(
            "账号 $account（$account_id）的 API 密钥 $what 将于 $until 到期，到期后请求将被拒绝。"
            "密钥不能续期：请及时轮换，新旧密钥可并行使用一段时间。\n\n$url\n"
        ),
    ),
    (News.KEY_EXPIRES, "en"): Words(
        subject="An API key ends soon: $account",
        body=(
            "The API key $what of $account ($account_id) ends on $until; requests with it are "
            "refused from then on. Keys are not renewed: rotate it in time, and both work for a "
            "while.\n\n$url\n"
        ),
    ),
}


def register() -> None:
    """Called once, when the apps are ready."""
    for news, (label, clause) in LABELS.items():
        letter_kinds.register(LetterKind(name=_kind(news), label=label, clause=clause))


def _kind(news: News) -> str:
    return f"accounts.{news.value}"


@receiver(account_news)
def something_happened_in_an_account(
    sender: object,
    kind: News,
    account: Account,
    people: list[User],
    key: str,
    page: str,
    facts: Mapping[str, str],
    at: datetime,
    **_news: Any,
) -> None:
    """Each of the people has a letter, in the transaction of what it tells."""
    letters.write(
        recipients=people,
        kind=_kind(kind),
        key=key,
        account=account,
        words=partial(words_for, kind, account, page, facts),
        at=at,
    )


def words_for(
    kind: News, account: Account, page: str, facts: Mapping[str, str], person: User
) -> Words:
    """The letter in the person's language and time zone, both in use."""
    text = TEXTS[kind, person.language]
    name = account.name or account.public_id
    path = reverse(page, args=[account.public_id]) if page else ""
    values = {
        **facts,
        **_in_language(facts, person.language),
        "account": name,
        "account_id": account.public_id,
        "url": settings.SITE_URL.rstrip("/") + path,
    }
    if "role" in values:
        values["role"] = str(Membership.Role(values["role"]).label)
    if "until" in values:
        values["until"] = f"{localtime(datetime.fromisoformat(values['until'])):%Y-%m-%d %H:%M %Z}"
    return Words(
        subject=Template(text.subject).substitute(values),
        body=Template(text.body).substitute(values),
        sms=Template(text.sms).substitute({**values, "account": name[:40]}),
    )


def _in_language(facts: Mapping[str, str], language: str) -> dict[str, str]:
    """Facts that come in both languages, such as `reason_en`, as `reason` in the person's."""
    ending = "_" + language.replace("-", "_")
    return {
        name.removesuffix(ending): fact for name, fact in facts.items() if name.endswith(ending)
    }


@receiver(api_key_goes_elsewhere)
def a_key_goes_elsewhere(sender: object, api_key: ApiKey, **_news: Any) -> None:
    """A change that names the key is for the account it is of, so it comes first."""
    ended = (ServiceChange.State.LIFTED, ServiceChange.State.WITHDRAWN)
    under_way = ConcernedKey.objects.filter(api_key=api_key).exclude(change__state__in=ended)
    if under_way.exists():
        raise NotPossibleNow(
            gettext("A planned change names this key. Withdraw or lift the change first.")
        )
