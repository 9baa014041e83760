"""What letters about cases say, in both languages."""

from collections.abc import Mapping
from datetime import datetime
from string import Template

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localtime

from accounts.models import Account, User
from common.languages import pick
from compliance.models import Case, CaseKind, Inquiry
from notices.letters import Words

ASKED = "compliance.inquiry_asked"
REMINDED = "compliance.inquiry_reminder"
THANKED = "compliance.inquiry_answered"
DISPUTE = "compliance.dispute_opened"

# Where no policy was chosen yet: the clause that a case of the kind is about.
CLAUSES = {
    CaseKind.VIOLATION: "2.2",
    CaseKind.ACCOUNT_NAME: "1.2.5",
    CaseKind.SUSPECTED_TRANSFER: "1.2.6",
    CaseKind.COMPROMISED_ACCOUNT: "1.2.4",
    CaseKind.USER_DISPUTE: "1.5",
    CaseKind.CONTENT_ORDER: "3.2",
    CaseKind.PROOF_OF_SOURCE: "3.3",
    CaseKind.OUTPUT_RESTRICTION: "4.3",
    CaseKind.PLATFORM_IP: "4.2",
    CaseKind.LEAK: "5",
    CaseKind.THIRD_PARTY: "3.5",
}

TEXTS: Mapping[tuple[str, str], Words] = {
    (ASKED, "zh-hans"): Words(
        subject="请回复我们的询问：$account",
        body=(
            "我们正在处理一件与账号 $account（$account_id）有关的事项，需要您说明情况。\n\n"
            "$question\n\n"
            "依据条款：$clause\n回复期限：$answer_by\n编号：$reference\n\n"
            "请登录后回复，可以附上文件：\n\n$url\n\n"
            "账号的所有者和管理员均可回复。在您回复之前，处理期限暂停计算；"
            "逾期未回复的，我们将依据已有材料继续处理，此后您仍可补充说明，直至作出决定。\n"
        ),
        sms="【apiqik】请就账号 $account 的一项询问登录回复，期限 $answer_by。",
    ),
    (ASKED, "en"): Words(
        subject="Please answer our question: $account",
        body=(
            "We are looking into a matter that concerns the account $account ($account_id) and "
            "need to hear from you.\n\n"
            "$question\n\n"
            "Under: clause $clause\nAnswer by: $answer_by\nReference: $reference\n\n"
            "Sign in to answer; you can add files:\n\n$url\n\n"
            "Any owner or administrator of the account can answer. Until you do, our own time "
            "limit stands still. If we have no answer by then we go on with what we know; you "
            "can still add to it until there is a decision.\n"
        ),
        sms="apiqik: a question about $account needs your answer by $answer_by. Please sign in.",
    ),
    (REMINDED, "zh-hans"): Words(
        subject="回复期限将至：$account",
        body=(
            "我们就账号 $account（$account_id）提出的询问即将到期，尚未收到您的回复。\n\n"
            "$question\n\n"
            "依据条款：$clause\n回复期限：$answer_by\n编号：$reference\n\n"
            "请登录后回复：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 的询问尚未回复，期限 $answer_by，请登录处理。",
    ),
    (REMINDED, "en"): Words(
        subject="Your answer is due soon: $account",
        body=(
            "We have asked you something about the account $account ($account_id) and have no "
            "answer yet.\n\n"
            "$question\n\n"
            "Under: clause $clause\nAnswer by: $answer_by\nReference: $reference\n\n"
            "Sign in to answer:\n\n$url\n"
        ),
        sms="apiqik: our question about $account is due $answer_by. Please sign in to answer.",
    ),
    (THANKED, "zh-hans"): Words(
        subject="已收到您的回复：$account",
        body=(
            "感谢您的回复。我们已收到您就账号 $account（$account_id）所作的说明，将一并考虑。\n\n"
            "依据条款：$clause\n编号：$reference\n\n"
            "您可以登录查看所回复的内容。有结果时，我们会通知您：\n\n$url\n"
        ),
    ),
    (THANKED, "en"): Words(
        subject="We have your answer: $account",
        body=(
            "Thank you. We have what you answered for the account $account ($account_id) and "
            "take it into account.\n\n"
            "Under: clause $clause\nReference: $reference\n\n"
            "Sign in to read what you answered. We tell you when there is a result:\n\n$url\n"
        ),
    ),
    (DISPUTE, "zh-hans"): Words(
        subject="与其他用户的争议：$account",
        body=(
            "有一项涉及账号 $account（$account_id）的用户间争议已提交我们处理。\n\n"
            "依据条款：$clause\n编号：$reference\n\n"
            "双方各自只能看到自己的陈述、回复和结果；我们不会把一方的文字、联系方式或文件"
            "提供给另一方。需要您说明情况时，我们会向您询问。您可以登录查看进展：\n\n$url\n"
        ),
        sms="【apiqik】账号 $account 涉及一项用户间争议，请登录查看。",
    ),
    (DISPUTE, "en"): Words(
        subject="A dispute with another user: $account",
        body=(
            "A dispute between users that concerns the account $account ($account_id) has been "
            "brought to us.\n\n"
            "Under: clause $clause\nReference: $reference\n\n"
            "Each side sees only what it said itself, what it answered and the result: we give "
            "neither side's words, contacts or files to the other. When we need to hear from "
            "you, we ask. Sign in to see how it stands:\n\n$url\n"
        ),
        sms="apiqik: a dispute with another user concerns $account. Please sign in to see it.",
    ),
}

SIGN_IN_TO_READ = {
    "zh-hans": "询问内容涉及保密信息，请登录后阅读。",
    "en": "What we ask is confidential: please sign in to read it.",
}


def clause_of(case: Case) -> str:
    """The number of the clause that the case is about, as far as is known."""
    return case.policy.clause_number if case.policy else CLAUSES[CaseKind(case.kind)]


def of_inquiry(kind: str, inquiry: Inquiry, person: User) -> Words:
    """A letter of that kind about an inquiry, in the language and time zone in use."""
    page = reverse("matter_inquiry", args=[inquiry.account.public_id, inquiry.public_id])
    question = pick(
        person.language, zh_hans=inquiry.question_zh_hans, en=inquiry.question_en
    ).strip()
    if inquiry.case.confidential:
        question = SIGN_IN_TO_READ[person.language]
    return _filled(
        kind,
        person,
        account=inquiry.account,
        clause=clause_of(inquiry.case),
        reference=inquiry.public_id,
        page=page,
        question=question,
        answer_by=_moment(inquiry.answer_by),
    )


def of_dispute(case: Case, side: Account, person: User) -> Words:
    """The letter to one side that there is a dispute."""
    page = reverse("matter_dispute", args=[side.public_id, case.public_id])
    return _filled(
        DISPUTE,
        person,
        account=side,
        clause=CLAUSES[CaseKind.USER_DISPUTE],
        reference=case.public_id,
        page=page,
    )


def _moment(moment: datetime) -> str:
    return f"{localtime(moment):%Y-%m-%d %H:%M %Z}"


def _filled(
    kind: str,
    person: User,
    *,
    account: Account,
    clause: str,
    reference: str,
    page: str,
    **more: str,
) -> Words:
    text = TEXTS[kind, person.language]
    name = account.name or account.public_id
    values = {
        "account": name,
        "account_id": account.public_id,
        "clause": clause,
        "reference": reference,
        "url": settings.SITE_URL.rstrip("/") + page,
        **more,
    }
    return Words(
        subject=Template(text.subject).substitute(values),
        body=Template(text.body).substitute(values),
        # Of a long name its beginning, so that the day is always there.
        sms=Template(text.sms).substitute({**values, "account": name[:40]}),
    )
