"""Short ways to policies, decisions and what they need, for tests of decisions."""

from accounts.models import AgreementText, ClauseText, Publication
from billing import money_in
from billing.models import Ledger
from common.clock import now
from compliance import decisions
from compliance.decisions import Findings, Measures
from compliance.models import Action, Policy, PolicyBinding, PolicyVersion
from tests.accounts.making import make_clause
from tests.compliance.making import case_of, make_staff_of

FINDINGS = Findings(
    facts_zh_hans="该账号在三天内发送了两万条垃圾信息。",
    facts_en="The account sent twenty thousand spam messages in three days.",
    reasons_zh_hans="这违反了协议中关于滥用的条款。",
    reasons_en="That is an abuse that the agreement forbids.",
)


def make_clause_with_texts(number="2.2.5", *, version=1, words="No spam"):
    """A clause of the terms with its words in both languages; the version is published."""
    clause = make_clause(number, version=version)
    for language, body in (("zh-hans", f"不得滥用（{words}）。"), ("en", f"{words}.")):
        text, _made = AgreementText.objects.get_or_create(
            version=clause.version,
            language=language,
            defaults={"source": f"v{version}", "sha256": f"{version:064}"},
        )
        if not ClauseText.objects.filter(clause=clause, text=text).exists():
            ClauseText.record(clause=clause, text=text, heading="", body=body)
    if not Publication.objects.filter(version=clause.version).exists():
        Publication.record(version=clause.version)
    return clause


def make_policy(code="abuse", *, clause=None, points=1, actions=tuple(Action), days=None, **fields):
    """A policy whose first version allows those actions, bound to a clause."""
    clause = clause or make_clause_with_texts()
    policy = Policy.objects.create(
        code=code,
        clause_number=clause.number,
        position=900 + Policy.objects.count(),
        **fields,
    )
    write_version(policy, 1, actions=actions, points=points, days=days)
    PolicyBinding.record(policy=policy, clause=clause)
    return policy


def write_version(policy, number, *, actions=tuple(Action), points=1, days=None, words="No abuse"):
    return PolicyVersion.record(
        policy=policy,
        number=number,
        title_zh_hans="不得滥用",
        title_en=words,
        text_zh_hans=f"不得滥用服务（第{number}版）。",
        text_en=f"{words}, version {number}.",
        severity=2,
        allowed_actions=list(actions),
        default_action=actions[0],
        default_days=days,
        strike_points=points,
    )


def make_officer():
    return make_staff_of("compliance")


def make_supervisor():
    return make_staff_of("supervisor")


def propose(account, *, by=None, action=Action.SUSPENSION, policy=None, case=None, **fields):
    """A decision that waits for approval, in a case of its own unless one is given."""
    by = by or make_officer()
    case = case or case_of(by, account, kind=fields.pop("kind", "violation"))
    own = ("supersedes", "conduct_at", "lifts_at_once")
    named = {name: fields.pop(name) for name in own if name in fields}
    return decisions.propose(
        case=case,
        proposed_by=by,
        policy=policy or make_policy(code=f"abuse-{Policy.objects.count()}"),
        account=account,
        measures=Measures(action=action, **fields),
        findings=FINDINGS,
        at=now(),
        **named,
    )


def approve(decision, *, by=None):
    return decisions.approve(decision=decision, approved_by=by or make_supervisor(), at=now())


def decide(account, **fields):
    """A decision that somebody proposed and somebody else approved."""
    decision = propose(account, **fields)
    approve(decision)
    decision.refresh_from_db()
    return type(decision).objects.get(pk=decision.pk)


AT_ONCE = {"at_once": True, "grounds": "It goes on while we speak"}


def pay_in(account, yuan):
    return money_in.top_up(
        account=account,
        amount=yuan * 1_000_000,
        source=Ledger.BANK,
        key=f"paid:{account.pk}:{yuan}",
    )
