"""Commands that make, invite and rescue staff."""

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from accounts import second_factor
from accounts.models import User
from tests.accounts.making import make_person


def run(command, *arguments, **options):
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def first(**options):
    return run(
        "create_first_superuser",
        phone="13812345678",
        name="Root",
        generate_password=True,
        **options,
    )


def test_the_first_superuser_gets_all_they_need_to_sign_in(db):
    said = first()
    user = User.objects.get(phone="+8613812345678")
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert user.phone_verified_at is not None
    (password,) = re.findall(r"Password: (\S+)", said)
    assert user.check_password(password)
    assert second_factor.has_one(user)
    assert "otpauth://totp/" in said
    assert "█▀" in said
    assert len(re.findall(r"^  \d{8}$", said, re.M)) == 10


def test_a_second_one_is_refused_unless_forced(db):
    make_person(is_superuser=True, is_staff=True)
    with pytest.raises(CommandError, match="--force"):
        first()
    assert "can sign in" in first(force=True)


def test_a_taken_or_impossible_number_is_refused(db):
    User.objects.create_user("13812345678")
    with pytest.raises(CommandError, match="already"):
        first()
    with pytest.raises(CommandError, match="not a phone number"):
        run("create_first_superuser", phone="12", name="Root", generate_password=True)


def test_without_a_terminal_it_says_what_to_do(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO(""))
    with pytest.raises(CommandError, match="--generate-password"):
        run("create_first_superuser", phone="13812345678", name="Root")
    assert not User.objects.exists()


def test_a_typed_password_is_checked_and_repeated(db, monkeypatch):
    typed = iter(["1234567890", "correct horse", "battery", "correct horse", "correct horse"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    err = StringIO()
    run("create_first_superuser", phone="13812345678", name="Root", stderr=err)
    assert User.objects.get().check_password("correct horse")
    assert "differ" in err.getvalue()


def test_an_invitation_is_sent(db, django_capture_on_commit_callbacks):
    boss = make_person(is_staff=True)
    with django_capture_on_commit_callbacks(execute=True):
        said = run("invite_staff", "anna@example.com", name="Anna", by=boss.phone)
    assert "Sent to anna@example.com" in said
    assert mail.outbox[0].to == ["anna@example.com"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"by": "13800138000"}, "No member of staff"),
        ({"by": "x"}, "not a phone number"),
        ({"group": ["nobodies"]}, "There is no group"),
        ({"email": "anna"}, "not an e-mail address"),
    ],
)
def test_an_invitation_names_what_is_wrong(db, arguments, said):
    options = {"by": make_person(is_staff=True).phone, "group": [], **arguments}
    with pytest.raises(CommandError, match=said):
        run("invite_staff", options.pop("email", "anna@example.com"), name="Anna", **options)


def test_a_lost_second_factor_is_taken_away(db):
    person = make_person(is_staff=True, name="Anna")
    second_factor.set_up(user=person)
    assert "Taken from Anna" in run("reset_second_factor", person.phone)
    assert not second_factor.has_one(person)
    for phone, said in ((person.phone, "has no"), ("13800138000", "Nobody"), ("x", "not a phone")):
        with pytest.raises(CommandError, match=said):
            run("reset_second_factor", phone)
