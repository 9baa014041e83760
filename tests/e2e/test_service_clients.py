"""Staff look after another system's tokens, from the first one to the last: issued within bounds,
rotated, seen at work, ended. In English and Chinese, light and dark, on a desk and a phone; axe
looks the pages over. `SCREENSHOTS=1` keeps pictures."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from accounts import token_uses
from accounts.models import ServiceClient
from accounts.token_uses import Tally
from tests.accounts.making import make_account, make_service
from tests.e2e.conftest import PHONE

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = "/admin/accounts/serviceclient/"
ACTS = {
    "en": ("Issue a token…", "New token…", "Scopes and bounds…", "End this token…"),
    "zh-hans": ("签发令牌…", "签发新令牌…", "权限与限制…", "停用此令牌…"),
}


def looked_over(page):
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def confirm(page):
    page.locator("[name=reason]").fill("Rotated every quarter")
    looked_over(page)
    page.locator("form.sheet .submit-row button").click()
    page.wait_for_load_state()


def ask(client, secret, **meta):
    question = {"account": make_account().public_id, "service": "image-generation"}
    headers = {"Authorization": f"Bearer {secret}"}
    return client.get("/api/v1/access", question, headers=headers, **meta).status_code


@pytest.mark.parametrize(
    ("language", "context"),
    [
        ("en", {}),
        ("zh-hans", {"locale": "zh-CN", "viewport": PHONE, "color_scheme": "dark"}),
    ],
)
def test_a_token_from_its_making_to_its_end(visit, staff, client, monkeypatch, language, context):
    tally = Tally()
    monkeypatch.setattr(token_uses, "note", tally.note)
    make_service()
    boss = staff("supervisor", name="Super")
    type(boss).objects.filter(pk=boss.pk).update(language=language)
    visitor = visit(**context)
    page = visitor.sign_in(boss, at=CLIENTS)
    issue, rotate, bounds, end = ACTS[language]

    page.get_by_role("link", name=issue).click()
    page.locator("[name=name]").fill("gateway-south")
    page.locator("[name=scopes][value='access:read']").check()
    page.locator("[name=allowed_addresses]").fill("203.0.113.0/24\nnowhere")
    confirm(page)
    assert "nowhere" in page.locator(".errorlist").inner_text()
    visitor.shoot(f"service-client-issue-{language}")
    page.locator("[name=allowed_addresses]").fill("203.0.113.0/24")
    confirm(page)
    first = page.locator("textarea#secret").input_value()
    assert ask(client, first, REMOTE_ADDR="203.0.113.9") == 200
    assert ask(client, first, REMOTE_ADDR="198.51.100.9") == 403

    system = ServiceClient.objects.get()
    page.goto(f"{CLIENTS}{system.pk}/change/")
    page.get_by_role("link", name=rotate).click()
    confirm(page)
    second = page.locator("textarea#secret").input_value()
    assert [ask(client, one, REMOTE_ADDR="203.0.113.9") for one in (first, second)] == [200, 200]

    page.goto(f"{CLIENTS}{system.pk}/change/")
    page.get_by_role("link", name=bounds).click()
    page.locator("[name=requests_per_minute]").fill("6000")
    confirm(page)
    looked_over(page)
    tally.write()
    page.reload()
    visitor.shoot(f"service-client-{language}")
    page.goto(CLIENTS)
    looked_over(page)
    visitor.shoot(f"service-clients-{language}")

    old = system.tokens.earliest("pk")
    page.goto(f"/admin/accounts/clienttoken/{old.pk}/change/")
    looked_over(page)
    visitor.shoot(f"service-token-{language}")
    page.get_by_role("link", name=end).click()
    confirm(page)
    assert [ask(client, one, REMOTE_ADDR="203.0.113.9") for one in (first, second)] == [401, 200]

    tally.write()
    page.goto("/admin/accounts/tokenuse/")
    looked_over(page)
    visitor.shoot(f"service-token-uses-{language}")
