"""Attacks on the sign-in page."""

from accounts.models import User
from common import clock

PASSWORD = "correct horse battery"


def post(client, phone, password):
    return client.post("/accounts/login/", {"login": phone, "password": password})


def test_wrong_passwords_for_one_number_lock_nobody_else_out(client, db):
    for phone in ("13812345678", "13912345678"):
        User.objects.create_user(phone, PASSWORD, name="x", phone_verified_at=clock.now())
    for _attempt in range(5):
        post(client, "13812345678", "wrong")
    post(client, "13812345678", PASSWORD)
    assert "_auth_user_id" not in client.session
    post(client, "13912345678", PASSWORD)
    assert "_auth_user_id" in client.session


def test_the_lock_is_of_the_number_however_it_is_written(client, db):
    User.objects.create_user("13812345678", PASSWORD, name="x", phone_verified_at=clock.now())
    for written in (
        "13812345678",
        "+8613812345678",
        "138 1234 5678",
        "138-1234-5678",
        "8613812345678",
    ):
        post(client, written, "wrong")
    post(client, "13812345678", PASSWORD)
    assert "_auth_user_id" not in client.session
