"""The home page and the side bar show a person what they may see, and no more."""

from datetime import datetime

import pytest

from common.figures import Figure, HomeFigure, HomePanel, home_figures, home_panels
from common.registries import Registry
from common.work_queues import Section, WorkQueue, work_queues

pytestmark = pytest.mark.django_db


@pytest.fixture
def contributed(monkeypatch):
    """A queue, a figure and a panel that only those who view people may see."""
    for registry in (work_queues, home_figures, home_panels):
        assert isinstance(registry, Registry)
        monkeypatch.setattr(registry, "_members", {})
    see = "accounts.view_user"
    work_queues.register(
        WorkQueue(
            name="q",
            section=Section.NOTICES,
            label="My queue",
            url=lambda: "/admin/accounts/user/",
            count=lambda user, at: 5,
            permission=see,
            hot=True,
        )
    )

    def figure(user, at):
        assert isinstance(at, datetime)
        return Figure(value="1,204", note="a note")

    home_figures.register(HomeFigure(name="f", label="My figure", value=figure, permission=see))
    home_panels.register(
        HomePanel(
            name="p",
            label="My panel",
            template="desk/outbox_sms.html",
            context=lambda user, at: {},
            permission=see,
        )
    )


def test_who_may_see_them_does(desk, contributed):
    page = desk("support").get("/admin/").content.decode()
    for word in ("My queue", "hot", "My figure", "1,204", "My panel"):
        assert word in page


def test_who_may_not_does_not(desk, contributed):
    page = desk().get("/admin/").content.decode()
    for word in ("My queue", "My figure", "My panel"):
        assert word not in page


def test_the_queue_one_is_in_is_marked(desk, contributed):
    page = desk("support").get("/admin/accounts/user/?q=x").content.decode()
    assert 'href="/admin/accounts/user/" aria-current="page"' in page


@pytest.mark.parametrize("group", ["support", "billing", "compliance", "supervisor", "auditor"])
def test_every_group_has_a_home_page(desk, group):
    assert desk(group).get("/admin/").status_code == 200


def test_all_records_lists_what_one_may_see(desk):
    page = desk("billing").get("/admin/records/").content.decode()
    assert "/admin/accounts/account/" in page
    assert "/admin/accounts/staffinvitation/" not in page
    assert desk("billing").get("/admin/accounts/").status_code == 200
