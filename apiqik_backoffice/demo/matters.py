"""The demo world's cases: reports, a question to a customer, decisions, an appeal.

Through the verbs of everybody concerned, on the timeline's days. Each queue of compliance
has something to show, and the two customers one can sign in as have matters of their own.
"""

from collections.abc import Sequence
from datetime import timedelta

from accounts import naming
from accounts.models import Account, Membership, User
from apiqik_backoffice.demo.staff import Office
from apiqik_backoffice.demo.story import look
from apiqik_backoffice.demo.timeline import Timeline
from common import clock
from compliance import appeals, cases, decisions, inquiries, reports
from compliance.decisions import Findings, Measures
from compliance.models import Action, Case, CaseKind, Decision, Policy, Report, Severity
from compliance.reports import Reporter
from notices import letter_sending

SPAM = Findings(
    facts_zh_hans="该账号的两把密钥在三天内向陌生号码生成并发送了约四万条营销短信文案。",
    facts_en="In three days two keys of the account wrote some forty thousand advertising text "
    "messages to strangers.",
    reasons_zh_hans="批量生成骚扰信息违反了平台规则，且在提醒后仍未停止。",
    reasons_en="Mass messages nobody asked for are against the rules, and they went on after a "
    "reminder.",
)
NAME = Findings(
    facts_zh_hans="账号名称中包含“官方客服”字样，容易被误认为平台工作人员。",
    facts_en="The name of the account contains “official support” and passes for our staff.",
    reasons_zh_hans="账号名称不得冒充平台。请在十五日内更改名称。",
    reasons_en="A name must not pass for the platform. Please choose another within fifteen days.",
)


class Matters:
    """Puts them on the timeline. `chinese` and `english` are accounts one can sign in to,
    `others` organizations that things happen to."""

    def __init__(
        self,
        timeline: Timeline,
        office: Office,
        *,
        chinese: Account,
        english: Account,
        others: Sequence[Account],
    ) -> None:
        self.timeline, self.office = timeline, office
        self.chinese, self.english, self.others = chinese, english, others
        self.officer: User = office.officers[0]
        self.supervisor: User = office.supervisors[0]

    def tell(self) -> None:
        """Schedules all of it."""
        at, ago = self.timeline.at, self.timeline.ago
        at(ago(30, hour=9), self.spam_is_reported)
        at(ago(26, hour=15), self.suspend_for_spam)
        at(ago(24, hour=11), self.appeal_against_it)
        at(ago(20, hour=9), self.warn_about_a_name)
        at(ago(6, hour=10), self.ask_about_a_source)
        at(ago(5, hour=16), self.keys_are_traded)
        at(ago(4, hour=14), self.limits_wait_for_approval)
        at(ago(2, hour=11), self.a_doubtful_name_is_chosen)
        at(ago(40, hour=9), self.nobody_looked)
        for days in (29, 25, 23, 19, 5, 4, 3):
            at(ago(days, hour=17), look_at_letters)

    def report(self, about: Account, *, kind: str, policy: str, words: str) -> Report:
        return reports.file(
            channel=Report.Channel.PUBLIC,
            kind=kind,
            statement=words,
            about=about,
            policy=policy_called(policy),
            reporter=Reporter(name="陈先生", email="reader@example.com", language="zh-hans"),
            at=clock.now(),
        )

    def take(self, case: Case, policy: str, *, severity: int = Severity.MEDIUM) -> Case:
        cases.sort(
            case=case,
            by=self.officer,
            severity=severity,
            policy=policy_called(policy),
            reason="",
            at=clock.now(),
        )
        return cases.claim(case=case, by=self.officer, at=clock.now())

    def decide(self, case: Case, policy: str, measures: Measures, findings: Findings) -> Decision:
        return decisions.propose(
            case=case,
            proposed_by=self.officer,
            policy=policy_called(policy),
            measures=measures,
            findings=findings,
            at=clock.now(),
        )

    def agree(self, decision: Decision) -> None:
        decisions.approve(decision=decision, approved_by=self.supervisor, at=clock.now())
        look()

    def spam_is_reported(self) -> None:
        words = "这家公司的接口一直在给我发广告短信，退订也没有用。"
        self.spam = self.report(
            self.others[0], kind=CaseKind.VIOLATION, policy="excessive-load", words=words
        )
        case = self.take(self.spam.case, "excessive-load", severity=Severity.HIGH)
        cases.note(
            case=case,
            by=self.officer,
            text="网关计数：两把密钥三天内约四万次请求，峰值在凌晨。",
        )
        cases.add_task(case=case, by=self.officer, title="联系账号所有者核实用途")

    def suspend_for_spam(self) -> None:
        case = Case.objects.get(pk=self.spam.case_id)
        measures = Measures(action=Action.RATE_LIMIT, limits={"requests_per_minute": 20}, days=60)
        self.limited = self.decide(case, "excessive-load", measures, SPAM)
        self.agree(self.limited)
        reports.tell(
            report=self.spam,
            verdict="acted",
            words_zh_hans="我们已核实您的举报，并限制了该账号的使用。感谢您的反馈。",
            words_en="We looked into your report and limited that account. Thank you.",
            by=self.officer,
            at=clock.now(),
        )

    def appeal_against_it(self) -> None:
        appeals.appeal(
            decision=self.limited,
            by=owner_of(self.others[0]),
            text="短信由我们的客户发送，我们已停用其子账号，请恢复额度。",
            at=clock.now(),
        )

    def warn_about_a_name(self) -> None:
        case, _new = cases.open_or_join(
            kind=CaseKind.ACCOUNT_NAME,
            title="Name that passes for support",
            account=self.english,
            policy=policy_called("account-name"),
            opened_by=self.officer,
            at=clock.now(),
        )
        case = cases.claim(case=case, by=self.officer, at=clock.now())
        self.agree(self.decide(case, "account-name", Measures(action=Action.WARNING), NAME))
        cases.close(
            case=Case.objects.get(pk=case.pk),
            by=self.officer,
            reason="Told; the name is looked at again in fifteen days.",
            at=clock.now(),
        )

    def ask_about_a_source(self) -> None:
        case, _new = cases.open_or_join(
            kind=CaseKind.PROOF_OF_SOURCE,
            title="上传素材的来源证明",
            account=self.chinese,
            opened_by=self.officer,
            at=clock.now(),
        )
        case = cases.claim(case=case, by=self.officer, at=clock.now())
        inquiries.ask(
            case=case,
            account=self.chinese,
            by=self.officer,
            question_zh_hans="您上传的三百张参考图片来自哪里？请提供授权书或购买凭证。",
            question_en="Where are the three hundred reference pictures from that you uploaded? "
            "Please send a licence or a proof of purchase.",
            answer_by=clock.now() + timedelta(days=14),
            at=clock.now(),
        )

    def keys_are_traded(self) -> None:
        words = "有人在论坛上低价出售贵平台的密钥，链接见附件说明。"
        self.report(self.others[1], kind=CaseKind.VIOLATION, policy="key-trade", words=words)

    def limits_wait_for_approval(self) -> None:
        case, _new = cases.open_or_join(
            kind=CaseKind.SUSPECTED_TRANSFER,
            title="账号疑似转让：登录地点与联系人均已变更",
            account=self.others[2],
            policy=policy_called("account-transfer"),
            severity=Severity.HIGH,
            opened_by=self.officer,
            at=clock.now(),
        )
        case = cases.claim(case=case, by=self.officer, at=clock.now())
        measures = Measures(
            action=Action.SUSPENSION,
            days=30,
            at_once=True,
            grounds="账号正在被出售，等待期间可能造成损失。",
        )
        found = Findings(
            facts_zh_hans="账号在两个交易网站上挂牌出售，近一周登录地点全部变更。",
            facts_en="The account is offered on two market places, and every sign-in of the past "
            "week came from somewhere new.",
            reasons_zh_hans="未经平台同意，账号不得转让。完成身份核验后可以恢复。",
            reasons_en="An account is not passed on without our consent. It opens again once its "
            "holder has proved who they are.",
        )
        self.decide(case, "account-transfer", measures, found)

    def a_doubtful_name_is_chosen(self) -> None:
        account = Account.objects.get(pk=self.others[1].pk)
        naming.rename_account(
            account=account,
            name=f"{account.name}官方客服中心",
            edition=account.edition,
            by=owner_of(account),
            at=clock.now(),
        )

    def nobody_looked(self) -> None:
        cases.open_or_join(
            kind=CaseKind.VIOLATION,
            title="疑似转售接口",
            account=self.others[3],
            policy=policy_called("resale"),
            opened_by=self.office.by_group["support"][0],
            at=clock.now(),
        )


def policy_called(code: str) -> Policy:
    return Policy.objects.get(code=code)


def owner_of(account: Account) -> User:
    owner = account.memberships.filter(role=Membership.Role.OWNER, user__is_active=True).first()
    if owner is None:
        raise LookupError(f"{account} has no owner.")
    return owner.user


def look_at_letters() -> None:
    """What the jobs that send letters do when everything is woken once."""
    while letter_sending.send_due(at=clock.now()):
        pass
