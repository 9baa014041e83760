"""Planning and watching a change in Chinese: no English left over on any page of it."""

import pytest
from django.urls import reverse

from common.changes import kinds_of_change
from common.clock import now
from notices.models import Delivery, LeadPolicy, Notice, Template
from notices.placeholders import PLACEHOLDERS
from notices.standings import reckon
from tests.desk.signing_in import staff
from tests.notices.making import make_announced, make_customer, make_organization, plan, propose
from tests.plumbing.english import english_on

pytestmark = pytest.mark.django_db

# What the demo agreement, the formats and the columns of files are called.
WORDS = "acc key chg ntc ann CSV UTF MB GB account_id external_ref terms http testserver inbox"
# English where it is right: the texts and titles that English-speaking customers read.
BOTH_LANGUAGES = ["Suspend image generation", "Repeated violations", "v1 v2 v3"]


def left_over(page, *data):
    assert page.status_code == 200
    return english_on(page, WORDS, *BOTH_LANGUAGES, *PLACEHOLDERS, *data)


@pytest.fixture
def chinese(db):
    return staff(is_superuser=True, language="zh-hans", name="林若溪")[1]


@pytest.fixture
def change():
    """Announced to one who can be told and one who cannot."""
    _li, told = make_customer(name="李华", language="zh-hans")
    change = make_announced(told, make_organization(name="无人组织"))
    reckon(change, at=now())
    return change


def page_of(record):
    return reverse(
        f"admin:{record._meta.app_label}_{record._meta.model_name}_change", args=[record.pk]
    )


@pytest.mark.parametrize("kind", [kind.name for kind in kinds_of_change])
def test_planning_any_kind(chinese, kind):
    address = reverse("admin:notices_servicechange_add")
    assert left_over(chinese.get(address)) == set()
    assert left_over(chinese.get(address, {"kind": kind})) == set()
    refused = chinese.post(f"{address}?kind={kind}", {"kind": kind, "audience": "rule"})
    assert left_over(refused) == set()


@pytest.mark.parametrize("proposed", [False, True])
def test_a_change_before_anybody_is_told(chinese, proposed):
    change = plan(make_customer(name="李华", language="zh-hans")[1])
    if proposed:
        propose(change)
    for address in (page_of(change), page_of(change).replace("/change/", "/history/")):
        page = chinese.get(address)
        assert left_over(page, "Officer Supervisor Terms of Service Dear") == set()


def test_a_change_that_people_were_told_of(chinese, change):
    notice = Notice.objects.get()
    pages = [page_of(change)]
    pages += [page_of(one) for one in change.concerned.all()]
    pages += [page_of(one) for one in change.at_risk.all()]
    pages += [page_of(one) for one in Delivery.objects.all()]
    pages += [page_of(notice), page_of(notice.expansion.announcement)]
    pages += [reverse("admin:notices_notice_person", args=[notice.recipient.public_id])]
    pages += [
        reverse(f"admin:notices_{name}_changelist")
        for name in ("concernedaccount", "gateatrisk", "delivery", "notice", "servicechange")
    ]
    for address in pages:
        data = "Officer Supervisor smtp language layout sha text html zh hans file jsonl localhost"
        assert (address, left_over(chinese.get(address), data)) == (address, set())


def test_every_act_on_a_change(chinese, change):
    admin = reverse("admin:notices_servicechange_changelist")
    for name in ("postpone", "withdraw", "correct", "lift", "approve", "propose"):
        page = chinese.get(f"{admin}acts/{name}/", {"pk": change.pk}, follow=True)
        assert (name, left_over(page, "Officer Supervisor")) == (name, set())


def test_texts_and_lead_times(chinese, change):
    text = Template.objects.newest().get(
        kind="suspension", phase="announced", channel="email", language="zh-hans"
    )
    policy = LeadPolicy.objects.filter(kind="suspension").latest("version")
    deciding = f"{reverse('admin:notices_leadpolicy_decide')}?kind=suspension"
    for address in (
        reverse("admin:notices_template_changelist"),
        page_of(text),
        reverse("admin:notices_template_next", args=[text.pk]),
        page_of(policy),
        deciding,
        reverse("admin:notices_leadpolicy_decide"),
    ):
        assert (address, left_over(chinese.get(address))) == (address, set())
    decided = {"lead_days": 5, "counted_channels": ["email"], "reason": "试", "before": policy.pk}
    assert left_over(chinese.post(deciding, decided)) == set()
