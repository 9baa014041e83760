"""On how many gateways it is applied: what staff read on pages of decisions and incidents."""

import pytest
from django.urls import reverse

from accounts.enforcement import applied, sequencer
from accounts.models import EnforcementFeed, PlatformRestriction, ServiceClient
from accounts.models.gateways import LiveFeed
from common.clock import now
from notices import announced, progress
from tests.accounts.making import make_clause, make_person, make_service
from tests.compliance.deciding import AT_ONCE, decide
from tests.desk.signing_in import staff
from tests.notices import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(db):
    """`report("a")` says that gateway `a` has applied all there is, `report("b", 0)` nothing."""
    client, _token = ServiceClient.issue(
        name="gateways", scopes=["enforcement:apply"], created_by=make_person()
    )

    def report(gateway, sequence=None):
        sequencer.number_all()
        live = EnforcementFeed.objects.annotate(live_as=LiveFeed()).get()
        reached = live.last if sequence is None else sequence
        applied.report(
            client=client, gateway=gateway, feed=live.live_as, sequence=reached, at=now()
        )

    return report


def page_of(record):
    _user, browser = staff("compliance")
    name = f"admin:{record._meta.app_label}_{record._meta.model_name}_change"
    return browser.get(reverse(name, args=[record.pk])).content.decode()


def test_the_page_of_a_decision_says_it_once_its_effect_has_begun(report):
    _person, account = making.make_customer()
    decision = decide(account, **AT_ONCE)
    report("a", 0), report("b", 0)
    assert "applied on" not in page_of(decision)

    progress.take_effect_all(at=now())
    assert "applied on 0 of 2 gateways" in page_of(decision)
    report("a")
    assert "applied on 1 of 2 gateways, slowest " in page_of(decision)
    report("b")
    assert "applied on 2 of 2 gateways, slowest " in page_of(decision)


def test_the_page_of_an_incident_says_it_of_its_beginning_and_of_its_end(report):
    change = making.plan(
        kind="incident",
        audience="everyone",
        service=make_service(),
        clause=make_clause("11"),
        in_days=0,
        at_once=True,
        grounds="The machine room is on fire",
    )
    making.propose(change)
    making.approve(change)
    report("a", 0), report("b", 0)
    progress.take_effect_all(at=now())
    incident = PlatformRestriction.objects.get()

    assert "applied on 0 of 2 gateways" in page_of(incident)
    report("a")
    assert "applied on 1 of 2 gateways, slowest " in page_of(incident)
    assert "Applied on 1 of 2 gateways, slowest " in page_of(change)
    report("b")
    announced.lift(change=change, lifted_by=making.make_staff("lift"), reason="Put out", at=now())
    assert "applied on 0 of 2 gateways" in page_of(incident)
    report("b")
    assert "applied on 1 of 2 gateways, slowest " in page_of(incident)
