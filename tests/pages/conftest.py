"""People who sign in, and the world their pages show."""

from pathlib import Path

import pytest

from accounts import agreements, consent
from accounts.models import User
from common import clock
from common.messaging.memory import Memory
from tests.plumbing.receiving import use_texts

DATA = Path(__file__).resolve().parents[1] / "data"
PASSWORD = "correct horse battery"


def publish_terms():
    """The terms in both languages."""
    for language in ("zh-hans", "en"):
        agreements.import_text(
            slug="terms",
            source=(DATA / f"agreement-{language}.txt").read_bytes(),
            number=1,
            language=language,
            publish=True,
        )


@pytest.fixture
def terms(db):
    publish_terms()
    return consent.current_terms()


@pytest.fixture
def texts(settings):
    """The text messages sent during the test."""
    use_texts(settings, "memory://")
    Memory.outbox.clear()
    return Memory.outbox


@pytest.fixture
def person(db):
    return User.objects.create_user(
        "13812345678", PASSWORD, name="Li Hua", language="en", phone_verified_at=clock.now()
    )


@pytest.fixture
def sign_in(client):
    def sign_in(phone="13812345678", password=PASSWORD, **more):
        return client.post("/accounts/login/", {"login": phone, "password": password, **more})

    return sign_in
