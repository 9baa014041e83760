"""Signals of the platform before a browser: the list with a filter open, and one of them."""

import pytest

from tests.desk.test_signals import LIST, make_client, make_signal, page_of
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_sending_desk import looked_over

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [("en", DESKTOP, "light"), ("zh-hans", PHONE, "dark")],
    ids=["english-desktop-light", "chinese-phone-dark"],
)
def test_signals_are_accessible_and_fit(visit, staff, language, size, scheme):
    supervisor = staff("supervisor", name="Mei Tan")
    supervisor.language = language
    supervisor.save()
    signal = make_signal(make_client("gateway-south"))
    make_signal(make_client("gateway-north"), "attack")

    visitor = visit(viewport=size, color_scheme=scheme)
    page = visitor.sign_in(supervisor, at=LIST)
    # What the last filter offers must not stick out of a narrow screen.
    page.locator(".filter summary").last.click()
    looked_over(page)
    visitor.shoot(f"signals-{language}")
    page.locator(".filter[open] a").nth(1).click()
    page.wait_for_url("**since=hour")
    assert page.locator("#result_list tbody tr").count() == 2
    page.goto(page_of(signal))
    looked_over(page)
    visitor.shoot(f"signal-{language}")
