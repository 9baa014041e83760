"""Gateways before a browser: the list, a record, what a block says, in both languages, on a phone
and in the dark, nothing that axe finds."""

from datetime import timedelta

import pytest

from accounts.enforcement import applied, sequencer
from accounts.models import (
    EnforcementFeed,
    Gateway,
    GatewayAcknowledgement,
    GatewayAlarm,
    ServiceClient,
)
from accounts.models.gateways import LiveFeed
from common.clock import now
from tests.accounts.conftest import ungated  # noqa: F401 -- a fixture
from tests.accounts.making import make_account, restrict
from tests.e2e.conftest import DESKTOP, PHONE
from tests.e2e.test_sending_desk import looked_over

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/admin/accounts"


@pytest.fixture
def supervisor(ungated, staff):  # noqa: F811 -- a fixture
    member = staff("supervisor", name="Mei Tan")
    client, _token = ServiceClient.issue(
        name="gateways", scopes=["enforcement:apply"], created_by=member
    )
    blocks = [restrict(make_account()) for _ in range(3)]
    sequencer.number_all()
    live = EnforcementFeed.objects.annotate(live_as=LiveFeed()).get()

    def hear(gateway, sequence, ago=0):
        at = now() - timedelta(seconds=ago)
        applied.report(client=client, gateway=gateway, feed=live.live_as, sequence=sequence, at=at)

    for name, reached in (
        ("cn-south-1", 3),
        ("cn-south-2", 3),
        ("eu-west-1", 3),
        ("cn-north-1", 1),
    ):
        hear(name, 0, ago=50)
        hear(name, reached)
    # Heard of long ago, and of one that is gone.
    hear("eu-west-2", 2, ago=300)
    hear("eu-old", 1)
    Gateway.objects.get(name="eu-old").remove(at=now(), removed_by=member)
    silent = Gateway.objects.get(name="eu-west-2")
    GatewayAlarm.record(gateway=silent, kind=GatewayAlarm.Kind.SILENT, told=2)
    assert GatewayAcknowledgement.objects.count() > 8
    member.block = blocks[0]
    return member


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESKTOP, "light"), (PHONE, "dark")],
    ids=["desktop-light", "phone-dark"],
)
def test_every_page_is_accessible_and_fits(visit, supervisor, language, size, scheme):
    supervisor.language = language
    supervisor.save()
    visitor = visit(viewport=size, color_scheme=scheme)
    page = visitor.sign_in(supervisor, at="/admin/")
    silent = Gateway.objects.get(name="eu-west-2")
    for name, address in {
        "gateways": f"{DESK}/gateway/",
        "gateway": f"{DESK}/gateway/{silent.pk}/change/",
        "gateway-removal": f"{DESK}/gateway/acts/remove/?pks={silent.pk}",
        "restriction": f"{DESK}/restriction/{supervisor.block.pk}/change/",
    }.items():
        page.goto(address)
        looked_over(page)
        if name == "gateways" and (language, size) == ("en", DESKTOP):
            visitor.shoot("desk-gateways")
