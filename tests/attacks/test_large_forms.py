"""Forms that take files: judged by their size before anything of them is read, the token of the
form included."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from compliance.pages.uploads import MOST_OF_A_REQUEST
from tests.compliance.making import asked_account, make_decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def places():
    person, account, _case, asked = asked_account()
    decision = make_decision().public_id
    return person, [
        reverse("matter_inquiry", args=[account.public_id, asked.public_id]),
        reverse("deletion-certificates", args=[account.public_id]),
        reverse("decision", args=[decision]),
        reverse("report"),
        reverse("new_report"),
        reverse("report_tracking", args=["RPT-0000"]),
    ]


def test_size_comes_first_and_the_token_is_asked_for(places):
    person, addresses = places
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    for address in addresses:
        large = SimpleUploadedFile("a.pdf", b"a" * (MOST_OF_A_REQUEST + 1))
        assert browser.post(address, {"files": large}).status_code == 413, address
        assert browser.post(address, {"text": "x"}).status_code == 403, address
        assert browser.post(address, "x", content_type="text/plain").status_code == 400, address
