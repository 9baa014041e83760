"""Fields encrypted at rest, and the change of keys."""

import pytest

from common import encryption
from common.exceptions import CannotDecrypt

OLD, NEW = {"old": b"o" * 32}, {"new": b"n" * 32}


def test_what_is_encrypted_comes_back_and_does_not_show():
    token = encryption.encrypt("JBSWY3DP", purpose="second factor")
    assert "JBSWY3DP" not in token
    assert encryption.decrypt(token, purpose="second factor") == "JBSWY3DP"


def test_the_same_text_never_looks_the_same():
    assert encryption.encrypt("a", purpose="x") != encryption.encrypt("a", purpose="x")


def test_a_token_of_one_field_is_worthless_in_another():
    token = encryption.encrypt("a", purpose="second factor")
    with pytest.raises(CannotDecrypt):
        encryption.decrypt(token, purpose="e-mail password")


@pytest.mark.parametrize("damage", [lambda t: t[:-4] + "AAAA", lambda t: t[:12], lambda t: t + "!"])
def test_a_damaged_token_is_refused(damage):
    with pytest.raises(CannotDecrypt):
        encryption.decrypt(damage(encryption.encrypt("abc", purpose="x")), purpose="x")


def test_an_old_key_decrypts_and_the_first_encrypts(settings):
    settings.FIELD_ENCRYPTION_KEYS = OLD
    token = encryption.encrypt("abc", purpose="x")
    assert not encryption.is_stale(token)
    settings.FIELD_ENCRYPTION_KEYS = NEW | OLD
    assert encryption.decrypt(token, purpose="x") == "abc"
    assert encryption.is_stale(token)
    assert encryption.encrypt("abc", purpose="x").startswith("new:")


def test_a_missing_key_is_named(settings):
    settings.FIELD_ENCRYPTION_KEYS = OLD
    token = encryption.encrypt("abc", purpose="x")
    settings.FIELD_ENCRYPTION_KEYS = NEW
    with pytest.raises(CannotDecrypt, match="old"):
        encryption.decrypt(token, purpose="x")
