"""What letters about money say, in both languages."""

from collections.abc import Mapping
from string import Template

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext

from accounts.models import User
from billing.applications import FEES_CLAUSE
from billing.models import Occasion, RefundApplication
from billing.money import shown
from notices.letters import Words

Kind = Occasion.Kind

TEXTS: Mapping[tuple[str, str], Words] = {
    (Kind.LOW_BALANCE, "zh-hans"): Words(
        subject="余额提醒：$account",
        body=(
            "账号 $account（$account_id）的可用余额已低于您设置的 ¥$threshold。\n\n"
            "可用余额：¥$amount\n时间：$moment\n\n"
            "余额用完后将暂停提供服务，充值后立即恢复。您可以登录后充值，或修改提醒金额：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 可用余额 ¥$amount，低于提醒金额 ¥$threshold，请及时充值。",
    ),
    (Kind.LOW_BALANCE, "en"): Words(
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
    (Kind.CREDIT_EXPIRING, "zh-hans"): Words(
        subject="赠送余额即将过期：$account",
        body=(
            "账号 $account（$account_id）的一笔赠送余额即将过期，过期后不能再使用。\n\n"
            "剩余金额：¥$amount\n过期时间：$moment\n\n"
            "充值金额不会过期。您可以登录后查看：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 有赠送余额 ¥$amount 将于 $moment 过期。",
    ),
    (Kind.CREDIT_EXPIRING, "en"): Words(
        subject="Granted credit expires soon: $account",
        body=(
            "Some granted credit of the account $account ($account_id) expires soon and cannot "
            "be used after that.\n\n"
            "Left: CNY $amount\nExpires: $moment\n\n"
            "What you paid in does not expire. Sign in to see it:\n\n$url\n"
        ),
        sms="apiqik: CNY $amount of granted credit of $account expires $moment.",
    ),
    (Kind.REFUND_APPROVED, "zh-hans"): Words(
        subject="退款申请已批准：$account",
        body=(
            "您为账号 $account（$account_id）提交的退款申请 $application 已批准，"
            "退款已从余额中扣除，将按原付款方式或您指定的账户退回。\n\n"
            "申请金额：¥$asked\n退款金额：¥$amount\n批准时间：$moment\n依据：$clause\n\n"
            "款项汇出后会再通知您。您可以登录后查看：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 的退款申请已批准，退款金额 ¥$amount。",
    ),
    (Kind.REFUND_APPROVED, "en"): Words(
        subject="Refund approved: $account",
        body=(
            "Your application $application for a refund to the account $account ($account_id) was "
            "approved. The refund has been taken from the balance and goes back the way it was "
            "paid, or to the bank account you named.\n\n"
            "Asked for: CNY $asked\nRefunded: CNY $amount\nApproved: $moment\nUnder: $clause\n\n"
            "We tell you again once the money has been sent. Sign in to see it:\n\n$url\n"
        ),
        sms="apiqik: your refund of CNY $amount for $account was approved.",
    ),
    (Kind.REFUND_DECLINED, "zh-hans"): Words(
        subject="退款申请未获批准：$account",
        body=(
            "您为账号 $account（$account_id）提交的退款申请 $application 未获批准。\n\n"
            "申请金额：¥$asked\n答复时间：$moment\n依据：$clause\n理由：$reason\n\n"
            "已付费用仅在平台书面同意或相关政策允许时退还。情况有变化时，您可以重新申请：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 的退款申请（¥$asked）未获批准，理由请登录查看。",
    ),
    (Kind.REFUND_DECLINED, "en"): Words(
        subject="Refund declined: $account",
        body=(
            "Your application $application for a refund to the account $account ($account_id) was "
            "declined.\n\n"
            "Asked for: CNY $asked\nAnswered: $moment\nUnder: $clause\nReason: $reason\n\n"
            "Fees paid are refunded only with our written consent or under a policy. If something "
            "changes you may apply again:\n\n$url\n"
        ),
        sms="apiqik: your refund of CNY $asked for $account was declined. Sign in for the reason.",
    ),
    (Kind.REFUND_PAID, "zh-hans"): Words(
        subject="退款已汇出：$account",
        body=(
            "您为账号 $account（$account_id）申请的退款 $application 已汇出。\n\n"
            "退款金额：¥$amount\n汇出日期：$paid_on\n付款编号：$payment\n依据：$clause\n\n"
            "到账时间取决于银行或支付机构。您可以登录后查看：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 的退款 ¥$amount 已于 $paid_on 汇出。",
    ),
    (Kind.REFUND_PAID, "en"): Words(
        subject="Refund paid out: $account",
        body=(
            "The refund $application that you asked for on behalf of the account $account "
            "($account_id) has been paid out.\n\n"
            "Refunded: CNY $amount\nPaid out: $paid_on\nPayment: $payment\nUnder: $clause\n\n"
            "When it arrives is up to the bank or payment provider. Sign in to see it:\n\n$url\n"
        ),
        sms="apiqik: your refund of CNY $amount for $account was paid out on $paid_on.",
    ),
}


def words_for(occasion: Occasion, person: User) -> Words:
    """The letter about an occasion in the person's language, which is in use with their time
    zone."""
    text = TEXTS[occasion.kind, person.language]
    moment = occasion.lot.expires_at if occasion.lot else occasion.noticed_at
    assert moment is not None  # only lots that expire are occasions
    name = occasion.account.name or occasion.account.public_id
    values = {
        "account": name,
        "account_id": occasion.account.public_id,
        "amount": shown(occasion.amount),
        "threshold": shown(occasion.threshold),
        "moment": f"{localtime(moment):%Y-%m-%d %H:%M %Z}",
        "url": settings.SITE_URL.rstrip("/") + "/",
    }
    if occasion.application:
        values |= _of_application(occasion.application, person.language)
    return Words(
        subject=_filled(text.subject, values),
        body=_filled(text.body, values),
        # Of a long name its beginning, so that the amount is always there.
        sms=_filled(text.sms, {**values, "account": name[:40]}),
    )


def _of_application(application: RefundApplication, language: str) -> dict[str, str]:
    """What a letter says of a refund application: what was asked, answered and paid."""
    answer = application.answer
    request = answer.request if answer else None
    payout = getattr(request, "payout_record", None)
    return {
        "application": application.public_id,
        "asked": shown(application.amount),
        # The clause that bound the account when it was asked; clause 6 where none did yet.
        "clause": _clause_of(application),
        "reason": answer.reason_in(language) if answer else "",
        "paid_on": f"{payout.paid_on:%Y-%m-%d}" if payout else "",
        "payment": payout.reference if payout else "",
    }


def _clause_of(application: RefundApplication) -> str:
    clause = application.clause
    named = gettext("clause %(number)s") % {"number": clause.number if clause else FEES_CLAUSE}
    return f"{named} · {clause.version}" if clause else named


def _filled(text: str, values: Mapping[str, str]) -> str:
    return Template(text).substitute(values)
