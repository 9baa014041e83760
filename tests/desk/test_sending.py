"""How sending is doing, one message's story, what did not arrive, and certificates at the desk."""

import pytest
from django.urls import reverse

from notices.models import Attempt, CertificateIssue, Delivery, Resolution
from tests.common.seals.settling import seal
from tests.desk.signing_in import staff
from tests.notices.admin.test_changes_admin import confirm
from tests.notices.making import make_announced, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    _person, account = make_customer()
    make_announced(account)
    return Delivery.objects.get(channel="email")


def test_the_page_of_sending_shows_what_waits_and_what_is_dead(told):
    _user, client = staff("support")
    Delivery.objects.filter(pk=told.pk).update(state="unknown")
    page = client.get(reverse("admin:notices_delivery_health"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Did not arrive" in text
    assert "li***@example.com" in text
    assert "lihua@example.com" not in text
    live = client.get(reverse("admin:notices_delivery_health_live")).content.decode()
    assert "<html" not in live
    assert "Accepted a minute" in live


def test_others_do_not_see_it(told):
    _user, client = staff("billing")
    for name in ("health", "health_live"):
        assert client.get(reverse(f"admin:notices_delivery_{name}")).status_code == 403


def test_one_page_tells_the_whole_story(told):
    _user, client = staff("support")
    attempt = Attempt.objects.get(delivery=told)
    page = client.get(reverse("admin:notices_delivery_change", args=[told.pk])).content.decode()
    assert str(attempt.pk) in page
    assert "the provider answered" in page
    assert attempt.outcome.provider_reference in page
    assert "Clock of the provider" in page


@pytest.mark.parametrize(
    "wanted", ["address", "attempt", "message_id", "provider_reference", "notice"]
)
def test_a_message_is_found_by_whatever_somebody_has_of_it(told, wanted):
    _user, client = staff("support")
    attempt = Attempt.objects.get(delivery=told)
    text = {
        "address": told.address,
        "attempt": str(attempt.pk),
        "message_id": f"<{attempt.pk}@example.com>",
        "provider_reference": attempt.outcome.provider_reference,
        "notice": told.notice.public_id,
    }[wanted]
    page = client.get(reverse("admin:notices_delivery_changelist"), {"q": text})
    found = list(page.context["cl"].result_list)
    assert told in found
    assert len(found) == (2 if wanted in ("notice", "address") else 1) or wanted == "address"


def test_what_did_not_arrive_is_sent_again_with_a_reason(told):
    user, client = staff("support")
    Delivery.objects.filter(pk=told.pk).update(state="expired")
    address = f"{reverse('admin:notices_delivery_send_again')}?pks={told.pk}"
    page = client.get(address)
    assert "expired" in page.content.decode()
    confirm(client, address, reason="They called us")
    told.refresh_from_db()
    assert told.state == "retrying"
    kept = Resolution.objects.get()
    assert (kept.decided_by, kept.reason) == (user, "They called us")


def test_what_arrived_is_not_sent_again(told):
    _user, client = staff("support")
    address = f"{reverse('admin:notices_delivery_send_again')}?pks={told.pk}"
    assert "Only a message that was not delivered" in client.get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_certificate_is_issued_for_a_reason_and_to_one_person(told, settings, tmp_path):
    settings.SEAL_ANCHORS = str(tmp_path / "anchors.log")
    seal()
    user, client = staff("support")
    address = f"{reverse('admin:notices_delivery_issue_certificate')}?pks={told.pk}"
    confirm(client, address, reason="For the arbitration", language="en")
    issued = CertificateIssue.objects.get()
    assert (issued.issued_to, issued.reason) == (user, "For the arbitration")
    page = client.get(reverse("admin:notices_certificateissue_change", args=[issued.pk]))
    assert issued.number in page.content.decode()
    file = client.get(reverse("admin:notices_certificateissue_pdf", args=[issued.pk]))
    assert file.content.startswith(b"%PDF-")
    assert file.headers["Content-Disposition"].endswith(f'"{issued.number}.en.pdf"')
    _other, colleague = staff("support", name="Colleague")
    refused = colleague.get(reverse("admin:notices_certificateissue_pdf", args=[issued.pk]))
    assert refused.status_code == 403
    client.force_login(told.notice.recipient)
    own = client.post(
        reverse("notice_certificate", args=[told.notice.public_id]), {"language": "zh-hans"}
    )
    assert own.content.startswith(b"%PDF-")
    assert CertificateIssue.objects.filter(issued_to=told.notice.recipient).count() == 1
    stranger, _account = make_customer(contact_email="other@example.com")
    client.force_login(stranger)
    theirs = client.post(reverse("notice_certificate", args=[told.notice.public_id]))
    nobodys = client.post(reverse("notice_certificate", args=["ntc_00000000000000000000"]))
    assert theirs.status_code == nobodys.status_code == 404
    assert CertificateIssue.objects.count() == 2
