"""Short ways to make what tests of compliance are about; each area below its name."""

from datetime import timedelta
from itertools import count

from django.contrib.auth.models import Group

from common.clock import now
from compliance import cases, evidence, inquiries, interaction_grants, orders, reports
from compliance.models import Case, CaseKind, Decision, Policy, PolicyVersion, Report
from tests.accounts.making import make_account, make_person
from tests.notices.making import make_organization

_numbers = count(1)
_subjects = count(1)


def make_staff_of(*groups, **fields):
    """A member of staff in those groups."""
    person = make_person(**{"is_staff": True, "name": f"Staff {next(_numbers)}", **fields})
    person.groups.set(Group.objects.filter(name__in=groups))
    return person


def open_case(account=None, *, kind=CaseKind.VIOLATION, opened_by=None, **fields):
    """A new case about an account, one of its own if none is given."""
    if account is None and not fields.get("subject"):
        account = make_account()
    title = fields.pop("title", "Spam through the API")
    case, _new = cases.open_or_join(
        kind=kind, title=title, account=account, opened_by=opened_by, at=now(), **fields
    )
    return case


def case_of(officer, account=None, **fields):
    """A case that this member of staff works on."""
    return cases.claim(case=open_case(account, **fields), by=officer, at=now())


# -- working days and policies -----------------------------------------------------------------


def make_case(*, at, kind=CaseKind.VIOLATION, severity=2, **fields) -> Case:
    """An open case about a subject of its own, its clocks started at `at`."""
    fields.setdefault("subject", f"subject {next(_subjects)}" if "account" not in fields else "")
    return cases.open_or_join(kind=kind, title="A case", severity=severity, at=at, **fields)[0]


# -- evidence -----------------------------------------------------------------------------------


def add_evidence(case=None, content=b"Seen on a public page.", name="note.txt", **fields):
    """A file of a reporter in a case, one of its own if none is given."""
    return evidence.add(
        case=case or open_case(), content=content, name=name, at=now(),
        **{"source": "reporter", **fields},
    )  # fmt: skip


def asked_account(officer=None, *, person=None, **fields):
    """An organization that was asked something in an open case: its owner, the account, the
    case, the inquiry."""
    owner = person or make_person(name="Owner")
    account = make_organization(owner)
    case = case_of(officer or make_staff_of("compliance"), account, **fields)
    inquiry = inquiries.ask(
        case=case, account=account, by=case.assignee, question_zh_hans="请说明", question_en="Say",
        answer_by=now() + timedelta(days=5), at=now(),
    )  # fmt: skip
    return owner, account, Case.objects.get(pk=case.pk), inquiry


def give_leave(owner, account, case, *, days=7):
    return interaction_grants.give(
        case=case, account=account, by=owner, scope="One afternoon's requests", days=days,
        at=now(), ip_address="203.0.113.7",
    )  # fmt: skip


def make_decision(case=None, *, by=None, what="delete", target="msg-1", hours=48):
    """An approved decision for an order about content, which is on its way with it."""
    from tests.compliance import deciding  # which asks this module for cases

    by = by or make_staff_of("compliance")
    case = case or case_of(by, kind=CaseKind.CONTENT_ORDER)
    decision = deciding.propose(
        case.account, by=by, case=case, action="content_order",
        order={"what": what, "target": target, "instruction": "", "hours": hours},
    )  # fmt: skip
    deciding.approve(decision)
    return Decision.objects.get(pk=decision.pk)


def send_order(decision=None, *, target="msg-1", due_in=timedelta(days=2), **fields):
    """The order of a decision of its own, or another one of `decision`."""
    if decision is None:
        decision = make_decision(target=target, hours=due_in // timedelta(hours=1), **fields)
        return decision.orders.get()
    return orders.send(
        decision=decision, target=target, due_at=now() + due_in,
        **{"what": "delete", "instruction": "", **fields},
    )  # fmt: skip


# -- reports -----------------------------------------------------------------------------------


def file_report(*, about=None, channel=Report.Channel.PUBLIC, **fields):
    """A report by the public form about an account, one of its own if nothing is named."""
    if about is None and not fields.get("about_text") and not fields.get("location"):
        about = make_account()
    return reports.file(
        channel=channel,
        at=now(),
        about=about,
        **{"kind": CaseKind.VIOLATION, "statement": "They send spam.", **fields},
    )


def tell_reporter(report, *, verdict="not_acted", by=None, **words):
    return reports.tell(
        report=report,
        verdict=verdict,
        by=by or make_staff_of("supervisor"),
        at=now(),
        **{"words_zh_hans": "没有发现违规。", "words_en": "Nothing was found.", **words},
    )


def make_policy(code="2-2-5-a", clause_number="2.2.5(a)", **fields):
    """A leaf with a version, unless an installation begins with one of that code."""
    policy, made = Policy.objects.get_or_create(
        code=code, defaults={"clause_number": clause_number, "position": 900, **fields}
    )
    if made:
        PolicyVersion.record(
            policy=policy,
            number=1,
            title_zh_hans="散布有害内容",
            title_en="spreading harmful content",
            text_zh_hans="不得散布有害内容。",
            text_en="Harmful content must not be spread.",
            severity=3,
            allowed_actions=["none", "warning"],
            default_action="warning",
        )
    return policy
