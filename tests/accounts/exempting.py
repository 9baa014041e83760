"""Short ways to label exemptions for tests: terms that provide for them, staff, and a grant."""

import hashlib
from datetime import timedelta

from django.contrib.auth.models import Group

from accounts import label_exemptions
from accounts.label_promises import promised as promised_words
from accounts.models import Acceptance, AgreementText, ClauseText
from common import clock
from common.clock import local_day
from tests.accounts.making import make_clause, make_person

WORDS = {
    "en": {
        "3.6.2": "We may provide you with the option of content without explicit identification.",
        "3.6.2(a)": "No false information;",
        "3.6.2(b)": "Identify it in a prominent manner;",
        "3.6.2(c)": "Declare it as AI-generated;",
        "3.6.2(d)": "Comply with the law.",
    },
    "zh-hans": {
        "3.6.2": "我们可能为您提供不添加显式标识的选项。",
        "3.6.2(a)": "不制作虚假信息；",
        "3.6.2(b)": "以显著方式标识；",
        "3.6.2(c)": "主动声明为人工智能生成；",
        "3.6.2(d)": "遵守法律。",
    },
}


def make_terms(version=1):
    """Terms with clause 3.6.2 and its four items, in both languages."""
    clauses = {number: make_clause(number, version=version) for number in WORDS["en"]}
    of = clauses["3.6.2"].version
    for language, words in WORDS.items():
        source = f"{version} " + " ".join(words.values())
        text, made = AgreementText.objects.get_or_create(
            version=of,
            language=language,
            defaults={
                "source": source,
                "sha256": hashlib.sha256(source.encode()).hexdigest(),
            },
        )
        for number, body in words.items() if made else ():
            ClauseText.record(clause=clauses[number], text=text, body=body)
    return of


def bind(account, version=None):
    """Puts the account under these terms; its owner accepted them."""
    text = (version or make_terms()).texts.get(language="en")
    return Acceptance.record(
        user=owner_of(account),
        account=account,
        text=text,
        text_sha256=text.sha256,
        method=Acceptance.Method.PAGE,
        accepted_at=clock.now(),
    )


def owner_of(account):
    return account.memberships.filter(role="owner").earliest("pk").user


def make_staff(group="supervisor", **fields):
    person = make_person(is_staff=True, **fields)
    person.groups.add(Group.objects.get(name=group))
    return person


def ask(account, *services, language="en", **fields):
    """An application of the account's owner, for these services or the whole account."""
    if not account.acceptances.exists():
        bind(account)
    at = clock.now()
    promised = promised_words(account, language=language, at=at)
    asked = {
        "by": owner_of(account),
        "services": services,
        "purpose": "Film subtitles",
        "accepted": promised.undertakings if promised else [],
        "ip_address": "203.0.113.7",
        "at": at,
        **fields,
    }
    return label_exemptions.apply(account=account, **asked)


def propose(application, *, days=30, by=None, **fields):
    at = clock.now()
    return label_exemptions.propose(
        application=application,
        last_day=local_day(at, application.account.time_zone) + timedelta(days=days),
        reason="Looked at it",
        by=by or make_staff("compliance"),
        at=at,
        **fields,
    )


def grant(application, *, days=30, by=None):
    """Proposed by one and granted by another; the exemptions."""
    proposal = propose(application, days=days)
    return label_exemptions.approve(
        application=application,
        digest=proposal.digest,
        reason="Agreed",
        by=by or make_staff(),
        at=clock.now(),
    )


def exempt(account, *services, days=30):
    return grant(ask(account, *services), days=days)


def revoke(exemption, *, by=None, **fields):
    return label_exemptions.revoke(
        exemption=exemption,
        by=by or make_staff("compliance"),
        at=clock.now(),
        **{
            "clause": exemption.proposal.application.clause,
            "reason_zh_hans": "违反承诺",
            "reason_en": "An undertaking was broken",
            **fields,
        },
    )
