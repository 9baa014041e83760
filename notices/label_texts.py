"""What letters about label exemptions say (clause 3.6.2), in both languages."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.label_promises import CLAUSE
from accounts.news import News
from notices.letters import Words

LABELS: Mapping[News, tuple[str | Promise, str]] = {
    News.LABELS_GRANTED: (_("a label exemption was granted"), CLAUSE),
    News.LABELS_DECLINED: (_("a label exemption was declined"), CLAUSE),
    News.LABELS_REVOKED: (_("a label exemption was revoked"), CLAUSE),
    News.LABELS_EXPIRE: (_("a label exemption ends soon"), CLAUSE),
}

TEXTS: Mapping[tuple[str, str], Words] = {
    (News.LABELS_GRANTED, "zh-hans"): Words(
        subject="显式标识豁免申请已获批准：$account",
        body=(
            "账号 $account（$account_id）的显式标识豁免申请已获批准，立即生效。\n\n"
            "适用范围：$scope\n有效期至：$last_day（含当日）\n依据条款：3.6.2\n编号：$reference\n\n"
            "在此期间，生成内容可以不添加显式标识；隐式标识始终保留。您作出的四项承诺持续有效：公开发布、"
            "传播或向第三方提供时，须主动声明内容由人工智能生成。违反承诺的，豁免将被立即撤销。\n\n"
            "您可以登录后查看或放弃豁免：\n\n$url\n"
        ),
    ),
    (News.LABELS_GRANTED, "en"): Words(
        subject="Label exemption granted: $account",
        body=(
            "The application of the account $account ($account_id) for an exemption from the "
            "explicit AI label was granted. It holds from now on.\n\n"
            "For: $scope\nUp to and including: $last_day\nUnder: clause 3.6.2\n"
            "Reference: $reference\n\n"
            "Until then what models make for you need not carry the label that people see; the "
            "implicit label stays on. What you undertook goes on to bind you: declare content as "
            "AI-generated when you publish it or share it with others. If you do not, the "
            "exemption is revoked at once.\n\nSign in to see it, or to give it up:\n\n$url\n"
        ),
    ),
    (News.LABELS_DECLINED, "zh-hans"): Words(
        subject="显式标识豁免申请未获批准：$account",
        body=(
            "账号 $account（$account_id）的显式标识豁免申请未获批准，仍须添加显式标识。\n\n"
            "申请范围：$scope\n理由：$reason\n依据条款：3.6.2\n编号：$reference\n\n"
            "情况有变化时，您可以重新申请：\n\n$url\n"
        ),
    ),
    (News.LABELS_DECLINED, "en"): Words(
        subject="Label exemption declined: $account",
        body=(
            "The application of the account $account ($account_id) for an exemption from the "
            "explicit AI label was declined; the label is required as before.\n\n"
            "Asked for: $scope\nReason: $reason\nUnder: clause 3.6.2\nReference: $reference\n\n"
            "If something changes you may apply again:\n\n$url\n"
        ),
    ),
    (News.LABELS_REVOKED, "zh-hans"): Words(
        subject="显式标识豁免已被撤销：$account",
        body=(
            "账号 $account（$account_id）的显式标识豁免已被撤销，立即生效，"
            "自现在起须添加显式标识。\n\n"
            "撤销范围：$scope\n理由：$reason\n依据条款：$clause\n编号：$reference\n\n"
            "您可以登录后查看详情；如需申诉或补充说明，请联系客服并提供上述编号：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 的显式标识豁免已被撤销，即时生效，详情请登录查看。",
    ),
    (News.LABELS_REVOKED, "en"): Words(
        subject="Label exemption revoked: $account",
        body=(
            "The exemption of the account $account ($account_id) from the explicit AI label was "
            "revoked. The label is required from now on.\n\n"
            "No longer exempt: $scope\nReason: $reason\nUnder: clause $clause\n"
            "Reference: $reference\n\n"
            "Sign in to see it. If you think this is wrong, write to support with the "
            "reference:\n\n$url\n"
        ),
        sms=(
            "apiqik: the label exemption of $account was revoked. The explicit AI label is "
            "required from now on."
        ),
    ),
    (News.LABELS_EXPIRE, "zh-hans"): Words(
        subject="显式标识豁免即将到期：$account",
        body=(
            "账号 $account（$account_id）的显式标识豁免即将到期，到期后须重新添加显式标识。\n\n"
            "适用范围：$scope\n有效期至：$last_day（含当日）\n编号：$reference\n\n"
            "豁免不会自动续期。如仍有需要，请提前重新申请：\n\n$url\n"
        ),
    ),
    (News.LABELS_EXPIRE, "en"): Words(
        subject="Label exemption ends soon: $account",
        body=(
            "The exemption of the account $account ($account_id) from the explicit AI label ends "
            "soon; the label is required again after that.\n\n"
            "For: $scope\nUp to and including: $last_day\nReference: $reference\n\n"
            "It is not renewed by itself. If you still need it, apply again in time:\n\n$url\n"
        ),
    ),
}
