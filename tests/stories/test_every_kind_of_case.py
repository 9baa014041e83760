"""Each kind of case, from a report to closed: decided on its clause, told, felt, answered."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from common.clock import now
from compliance import cases, reports
from compliance.models import Action, Case, CaseEvent, CaseKind, Statement
from compliance.reports import Reporter
from notices.models import Letter
from tests.accounts.making import make_key, make_service
from tests.compliance.deciding import (
    AT_ONCE,
    approve,
    make_clause_with_texts,
    make_officer,
    make_policy,
    make_supervisor,
    propose,
)
from tests.notices.making import make_customer
from tests.stories.telling import work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

ORDER = {"what": "delete", "target": "img_77", "instruction": "", "hours": 24}


@dataclass(frozen=True)
class Matter:
    """A kind, the clause it rests on, what is decided and what the gateway says then."""

    kind: CaseKind
    clause: str
    action: Action
    then: str
    measures: dict[str, Any] = field(default_factory=dict)


MATTERS = [
    Matter(
        CaseKind.VIOLATION,
        "2.2.4",
        Action.RATE_LIMIT,
        "limit",
        {**AT_ONCE, "limits": {"requests_per_minute": 6}},
    ),
    Matter(CaseKind.ACCOUNT_NAME, "1.2.5", Action.WARNING, "allow"),
    Matter(CaseKind.SUSPECTED_TRANSFER, "1.2.6", Action.PERMANENT_DISABLING, "deny", AT_ONCE),
    Matter(
        CaseKind.COMPROMISED_ACCOUNT, "1.2.4", Action.SUSPENSION, "deny", {**AT_ONCE, "days": 7}
    ),
    Matter(CaseKind.USER_DISPUTE, "1.5", Action.NONE, "allow"),
    Matter(CaseKind.CONTENT_ORDER, "3.2", Action.CONTENT_ORDER, "allow", {"order": ORDER}),
    Matter(CaseKind.PROOF_OF_SOURCE, "3.3.1", Action.WARNING, "allow"),
    Matter(CaseKind.OUTPUT_RESTRICTION, "4.3", Action.OUTPUT_RESTRICTION, "deny", AT_ONCE),
    Matter(CaseKind.PLATFORM_IP, "4.1", Action.TERMINATION, "deny", AT_ONCE),
    Matter(CaseKind.LEAK, "5", Action.SUSPENSION, "deny", AT_ONCE),
    Matter(CaseKind.THIRD_PARTY, "3.5", Action.WARNING, "allow"),
]


def test_no_kind_is_left_out():
    assert {matter.kind for matter in MATTERS} == set(CaseKind)


@pytest.mark.parametrize("matter", MATTERS, ids=lambda matter: matter.kind.value)
def test_from_a_report_to_closed(matter, clock, mailbox, gateway):
    person, account = make_customer(name="Li", contact_email="li@example.com", language="en")
    reporter, _own = make_customer(name="Reporter", contact_email="re@example.com", language="en")
    service, key = make_service(), make_key(account)
    # A leak is confidential: those who may see such cases work on it.
    officer = make_supervisor() if matter.kind == CaseKind.LEAK else make_officer()
    policy = make_policy(code="story", clause=make_clause_with_texts(matter.clause))

    report = reports.file(
        channel="customer",
        kind=matter.kind,
        statement="They do what they must not.",
        about=account,
        policy=policy,
        reporter=Reporter(user=reporter, account=_own),
        at=now(),
    )
    case = report.case
    assert (case.kind, case.account, case.state) == (matter.kind, account, "new")
    assert case.due_at is not None

    cases.sort(case=case, by=officer, severity=3, policy=policy, reason="", at=now())
    case = cases.claim(case=case, by=officer, at=now())
    decision = propose(
        account, by=officer, case=case, policy=policy, action=matter.action, **matter.measures
    )
    assert Case.objects.get().state == "proposed"
    assert gateway(key, service)["decision"] == "allow"
    approve(decision)
    work()

    answer = gateway(key, service)
    assert answer["decision"] == matter.then
    if matter.then != "allow":
        assert answer["clause"] == matter.clause
    if matter.action != Action.NONE:
        statement = Statement.objects.get(decision=decision, language="en")
        assert matter.clause in statement.text
        [(_subject, letter)] = mailbox.to("li@example.com")
        assert f"/decisions/{decision.public_id}/" in letter

    verdict = "not_acted" if matter.action == Action.NONE else "acted"
    reports.tell(
        report=report,
        verdict=verdict,
        words_zh_hans="我们已处理您的举报。",
        words_en="We looked into what you reported.",
        by=officer,
        at=now(),
    )
    assert Letter.objects.filter(recipient=reporter).exists()
    cases.close(case=Case.objects.get(), by=officer, reason="All told", at=now())
    closed = Case.objects.get()
    assert (closed.state, closed.due_at, closed.assignee) == ("closed", None, None)
    happened = list(CaseEvent.objects.filter(case=closed).values_list("what", flat=True))
    expected = [
        "opened",
        "reported",
        "sorted",
        "claimed",
        "decision_proposed",
        "decision_approved",
        "decision_effective",
        "reporter_told",
        "closed",
    ]
    assert [what for what in happened if what in expected] == expected
    assert person.cases.count() == 0  # it is about the account, not its holder
