"""Authenticator apps and recovery codes: encrypted, re-encrypted, kept by staff."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)

from accounts import second_factor
from accounts.models import User
from tests.accounts.making import make_person


def code_of(secret):
    """What the app shows now."""
    _earlier, now, _later = yield_hotp_counters_from_time()
    return format_hotp_value(hotp_value(secret, now))


def test_the_secret_is_not_readable_in_the_database(db):
    person = make_person()
    new = second_factor.set_up(user=person)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert new.secret not in stored
    assert second_factor.has_one(person)
    totp = Authenticator.objects.get(user=person, type="totp").wrap()
    assert totp.validate_code(code_of(new.secret))


def test_recovery_codes_work_once(db):
    person = make_person()
    new = second_factor.set_up(user=person)
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap()
    assert len(new.recovery_codes) == 10
    assert codes.validate_code(new.recovery_codes[0])
    assert not codes.validate_code(new.recovery_codes[0])


def test_the_label_in_the_app_masks_the_phone(db):
    new = second_factor.set_up(user=User.objects.create_user("13812345678", name="Li Hua"))
    assert "138%2A%2A%2A%2A5678" in new.otpauth_uri
    assert "13812345678" not in new.otpauth_uri


def test_setting_up_again_replaces_the_old_one(db):
    person = make_person()
    old = second_factor.set_up(user=person)
    new = second_factor.set_up(user=person)
    totp = Authenticator.objects.get(user=person, type="totp").wrap()
    assert not totp.validate_code(code_of(old.secret))
    assert totp.validate_code(code_of(new.secret))


def test_a_change_of_keys_leaves_every_second_factor_working(db, settings):
    person = make_person()
    new = second_factor.set_up(user=person)
    settings.FIELD_ENCRYPTION_KEYS = {"next": b"n" * 32, **settings.FIELD_ENCRYPTION_KEYS}
    assert second_factor.reencrypt() == 2
    assert second_factor.reencrypt() == 0
    settings.FIELD_ENCRYPTION_KEYS = {"next": b"n" * 32}
    assert (
        Authenticator.objects.get(user=person, type="totp")
        .wrap()
        .validate_code(code_of(new.secret))
    )


def test_staff_cannot_switch_theirs_off_and_customers_can(db):
    for is_staff in (True, False):
        person = make_person(is_staff=is_staff)
        second_factor.set_up(user=person)
        held = Authenticator.objects.get(user=person, type="totp")
        assert get_adapter().can_delete_authenticator(held) is not is_staff


def test_removing_says_what_was_there(db):
    person = make_person()
    second_factor.set_up(user=person)
    assert second_factor.remove(user=person) == ["recovery_codes", "totp"]
    assert second_factor.remove(user=person) == []
    assert not second_factor.has_one(person)
