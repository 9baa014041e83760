from datetime import timedelta
from pathlib import Path

import pytest

from common.clock import now
from compliance import cases, inquiries
from tests.accounts.making import make_account
from tests.compliance.making import *
from tests.e2e.conftest import PHONE

OUT = Path("/tmp/shots")
OUT.mkdir(exist_ok=True)
pytestmark = pytest.mark.django_db(transaction=True)


def test_shots(staff_member, visit):
    boss = staff_member("supervisor")
    account = make_account(name="上海示例科技")
    case = open_case(account, title="Bulk spam through the chat API", opened_by=boss)
    other = open_case(account, kind="leak", title="Keys on a public page")
    cases.claim(case=case, by=boss, at=now())
    cases.note(
        case=case,
        by=boss,
        text="Looked at the gateway's counters: 40,000 messages an hour from two keys.",
    )
    cases.add_task(
        case=case, by=boss, title="Call the owner", due_on=(now() + timedelta(days=3)).date()
    )
    cases.link(case=case, other=other, by=boss, reason="Same account")
    inquiries.ask(
        case=case,
        account=account,
        by=boss,
        question_zh_hans="这些消息发给谁？",
        question_en="Who are these messages sent to?",
        answer_by=now() + timedelta(days=5),
        at=now(),
    )
    for n in range(8):
        open_case(title=f"Case {n}", severity=1 + n % 4)
    for kind, ctx in (
        ("desk", {}),
        ("phone", {"viewport": PHONE}),
        ("dark", {"color_scheme": "dark"}),
    ):
        v = visit(**ctx)
        v.sign_in(boss, at="/admin/")
        for name, url in (
            ("list", "/admin/compliance/case/"),
            ("page", f"/admin/compliance/case/{case.pk}/change/"),
            ("figures", "/admin/compliance/case/figures/"),
            ("open", "/admin/compliance/case/acts/open/"),
        ):
            v.page.goto(url)
            v.page.screenshot(path=str(OUT / f"{kind}_{name}.png"), full_page=True)
