"""Evidence: taken in, kept encrypted, seen by those who may, each look recorded first."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.exceptions import NotAllowed
from common.clock import now
from compliance import evidence, evidence_grants, interaction_grants, key_rotation
from compliance.exceptions import NotPossible, SecondPersonNeeded, WrongStep
from compliance.models import (
    CaseEvent,
    Evidence,
    EvidenceContent,
    EvidenceGrant,
    EvidenceView,
    InteractionGrantEnd,
)
from tests.accounts.making import make_account, make_person
from tests.compliance import files
from tests.compliance.making import (
    add_evidence,
    asked_account,
    give_leave,
    make_staff_of,
    open_case,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

OF_THE_DATABASE = ("id", "uuid", "transaction", "recorded_at")


def look(file, viewer):
    return evidence.open_(evidence=file, viewer=viewer, at=now(), ip_address="203.0.113.9")


def insert(model, **values):
    """The row, written with raw SQL as the app role, past every rule of Python's."""
    with transaction.atomic(), connection.cursor() as cursor:
        columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})",
            list(values.values()),
        )


def refused(match, model, **values):
    with pytest.raises(DatabaseError, match=match):
        insert(model, **values)


def test_a_file_is_kept_encrypted_with_both_hashes():
    photo = files.photo_with_place()
    added = add_evidence(content=photo, name="photo.jpg")
    kept = bytes(added.content.ciphertext)
    assert added.sha256 == hashlib.sha256(photo).hexdigest()
    assert b"\xff\xd8\xff" not in kept[:80]
    assert kept.startswith(b"testing\n")
    shown = look(added, make_staff_of("compliance"))
    assert hashlib.sha256(shown).hexdigest() == added.kept_sha256
    assert CaseEvent.objects.filter(what="evidence_added").count() == 1


def test_the_look_is_recorded_even_if_the_content_is_damaged():
    added, viewer = add_evidence(), make_staff_of("compliance")
    content = bytearray(added.content.ciphertext)
    content[-1] ^= 1
    EvidenceContent.objects.filter(evidence=added).update(ciphertext=bytes(content))
    with pytest.raises(NotPossible, match="damaged or belongs to another"):
        look(added, viewer)
    assert EvidenceView.objects.get().viewer == viewer


def test_content_of_another_row_is_not_shown():
    one, other = add_evidence(content=b"one"), add_evidence(content=b"other")
    EvidenceContent.objects.filter(evidence=one).update(ciphertext=other.content.ciphertext)
    with pytest.raises(NotPossible, match="damaged or belongs to another"):
        look(one, make_staff_of("compliance"))
    with pytest.raises(DatabaseError, match="stays with its evidence"), transaction.atomic():
        EvidenceContent.objects.filter(evidence=one).update(evidence=other.pk + 1000)


@pytest.mark.parametrize("groups", [(), ("support",), ("billing",), ("auditor",)])
def test_others_see_nothing_and_no_look_is_recorded(groups):
    added = add_evidence()
    with pytest.raises(NotAllowed):
        look(added, make_staff_of(*groups))
    with pytest.raises(NotAllowed):
        look(added, make_person(is_superuser=True))
    assert not EvidenceView.objects.exists()


def test_files_of_confidential_cases_are_for_those_who_may_see_these():
    added = add_evidence(open_case(confidential=True))
    with pytest.raises(NotAllowed, match="confidential"):
        look(added, make_staff_of("compliance"))
    assert look(added, make_staff_of("supervisor"))
    with pytest.raises(NotAllowed, match="confidential"):
        add_evidence(added.case, source="staff", added_by=make_staff_of("compliance"))


def row_like(added):
    """The columns of a file as another one would have them."""
    row = Evidence.objects.filter(pk=added.pk).values().get()
    return {name: row[name] for name in row if name not in OF_THE_DATABASE}


@pytest.mark.parametrize("source", list(evidence.ROOM), ids=str)
def test_each_source_has_room_of_its_own(source):
    room, officer = evidence.ROOM[source], make_staff_of("compliance")

    def add(case, source, content=b"a"):
        return add_evidence(case, content=content, source=source, added_by=officer)

    many, large = open_case(), open_case()
    for number in range(room.files):
        add(many, source, b"%d" % number)
    large_file = row_like(add(large, source)) | {"size": evidence.MOST_BYTES}
    for _number in range(room.megabytes // 10 - 1):
        Evidence.record(**large_file)
    add(large, source, b"b" * (evidence.MOST_BYTES - 1))
    for full in (many, large):
        with pytest.raises(NotPossible):
            add(full, source)
        row = row_like(Evidence.objects.filter(case=full, source=source).first())
        refused("no more files from there", Evidence, **row, uuid=uuid4())
        # Whoever floods a case leaves the others' room as it is.
        for other in set(evidence.ROOM) - {source}:
            add(full, other)


# -- sensitive files -----------------------------------------------------------------------


@pytest.fixture
def paper():
    return add_evidence(content=files.pdf(), sensitivity="identity", name="Li Hua.pdf")


@pytest.mark.parametrize("superuser", [False, True])
def test_a_sensitive_file_needs_a_grant_by_somebody_else(paper, superuser):
    officer = make_staff_of("compliance", "supervisor", is_superuser=superuser)
    with pytest.raises(NotAllowed, match="sensitive"):
        look(paper, officer)
    asked = evidence_grants.ask(evidence=paper, by=officer, reason="ID check", hours=2, at=now())
    with pytest.raises(WrongStep, match="waits"):
        evidence_grants.ask(evidence=paper, by=officer, reason="Again", hours=2, at=now())
    own = {"request": asked, "by": officer, "allowed": True, "reason": "Me", "at": now()}
    with pytest.raises(SecondPersonNeeded):
        evidence_grants.answer(**own)
    refused(
        "nobody allows themselves", EvidenceGrant, request_id=asked.pk, answered_by_id=officer.pk,
        allowed=True, reason="", ends_at=now() + timedelta(hours=1),
    )  # fmt: skip
    refused("live grant", EvidenceView, evidence_id=paper.pk, viewer_id=officer.pk)
    grant = evidence_grants.answer(**{**own, "by": make_staff_of("supervisor")})
    assert look(paper, officer).startswith(b"%PDF")
    assert EvidenceView.objects.get().grant == grant
    colleague = make_staff_of("compliance")
    with pytest.raises(NotAllowed, match="sensitive"):
        look(paper, colleague)
    refused(
        "live grant", EvidenceView, evidence_id=paper.pk, viewer_id=colleague.pk, grant_id=grant.pk
    )


def test_a_grant_lasts_for_the_hours_asked_for(paper, clock):
    officer, boss = make_staff_of("compliance"), make_staff_of("supervisor")
    asked = evidence_grants.ask(evidence=paper, by=officer, reason="ID check", hours=2, at=now())
    refused(
        "for the hours asked for", EvidenceGrant, request_id=asked.pk, answered_by_id=boss.pk,
        allowed=True, reason="", ends_at=now() + timedelta(hours=3),
    )  # fmt: skip
    grant = evidence_grants.answer(request=asked, by=boss, allowed=True, reason="Ok", at=now())
    assert look(paper, officer)
    clock.advance(hours=2, seconds=1)
    with pytest.raises(NotAllowed, match="sensitive"):
        look(paper, officer)
    refused(
        "live grant", EvidenceView, evidence_id=paper.pk, viewer_id=officer.pk, grant_id=grant.pk
    )


def test_a_refusal_allows_nothing(paper):
    officer = make_staff_of("compliance")
    asked = evidence_grants.ask(evidence=paper, by=officer, reason="ID check", hours=2, at=now())
    with pytest.raises(NotAllowed):
        evidence_grants.answer(
            request=asked, by=make_staff_of("compliance"), allowed=True, reason="x", at=now()
        )
    answer = evidence_grants.answer(
        request=asked, by=make_staff_of("supervisor"), allowed=False, reason="No need", at=now()
    )
    with pytest.raises(NotAllowed):
        look(paper, officer)
    refused(
        "live grant", EvidenceView, evidence_id=paper.pk, viewer_id=officer.pk, grant_id=answer.pk
    )


def test_the_name_of_a_sensitive_file_is_not_told(paper):
    assert "Li Hua" not in str(paper)
    assert "Li Hua" in paper.name


# -- content of the customer's use ----------------------------------------------------------


def test_content_of_use_needs_leave_for_that_case_and_time(clock):
    owner, account, case, _inquiry = asked_account()
    with pytest.raises(NotPossible, match="with the customer's leave"):
        add_evidence(case, sensitivity="interaction")
    leave = give_leave(owner, account, case, days=7)
    elsewhere = open_case(make_account())
    with pytest.raises(NotPossible, match="no leave for this case"):
        add_evidence(elsewhere, sensitivity="interaction", interaction_grant=leave)
    added = add_evidence(case, sensitivity="interaction", interaction_grant=leave)
    officer = make_staff_of("compliance")
    assert look(added, officer)
    clock.advance(days=7, seconds=1)
    with pytest.raises(NotAllowed, match="ended"):
        look(added, officer)
    refused("has ended", EvidenceView, evidence_id=added.pk, viewer_id=officer.pk)
    with pytest.raises(NotPossible, match="no leave for this case"):
        add_evidence(case, sensitivity="interaction", interaction_grant=leave)


def test_taken_back_nobody_looks_any_more():
    owner, account, case, _inquiry = asked_account()
    leave = give_leave(owner, account, case)
    added = add_evidence(case, sensitivity="interaction", interaction_grant=leave)
    interaction_grants.take_back(grant=leave, by=owner, at=now())
    for viewer in (make_staff_of("compliance"), make_staff_of("supervisor", is_superuser=True)):
        with pytest.raises(NotAllowed, match="ended"):
            look(added, viewer)
        refused("has ended", EvidenceView, evidence_id=added.pk, viewer_id=viewer.pk)
    row = Evidence.objects.filter(pk=added.pk).values().get()
    for column in ("id", "transaction", "recorded_at"):
        row.pop(column)
    refused("no leave", Evidence, **{**row, "uuid": "00000000-0000-0000-0000-000000000002"})
    with pytest.raises(WrongStep):
        interaction_grants.take_back(grant=leave, by=owner, at=now())


def test_owners_and_administrators_alone_give_and_take_back_leave():
    owner, account, case, _inquiry = asked_account()
    stranger = make_person()
    with pytest.raises(NotAllowed):
        give_leave(stranger, account, case)
    leave = give_leave(owner, account, case)
    with pytest.raises(NotAllowed):
        interaction_grants.take_back(grant=leave, by=stranger, at=now())
    row = {
        "public_id": "igr_x", "case_id": case.pk, "account_id": account.pk, "scope": "x",
        "given_by_id": owner.pk, "ends_at": now() + timedelta(days=3),
    }  # fmt: skip
    model = type(leave)
    refused("owners and administrators", model, **{**row, "given_by_id": stranger.pk})
    refused("within 30 days", model, **{**row, "ends_at": now() + timedelta(days=31)})
    refused("no part in that case", model, **{**row, "case_id": open_case(make_account()).pk})
    refused(
        "owners and administrators", InteractionGrantEnd, grant_id=leave.pk, ended_by_id=stranger.pk
    )
    for days in (0, 31):
        with pytest.raises(NotPossible, match="30 days"):
            give_leave(owner, account, case, days=days)


# -- keys ----------------------------------------------------------------------------------------


def test_files_move_to_a_new_key_while_they_are_read(settings):
    viewer, old = make_staff_of("compliance"), settings.FIELD_ENCRYPTION_KEYS
    added = [add_evidence(content=b"file %d" % number) for number in range(5)]
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **old}
    turning = key_rotation.rotate(batch=2)
    for number in range(3):
        assert not next(turning).problem
        assert [look(file, viewer) for file in added] == [b"file %d" % n for n in range(5)]
        assert key_rotation.left() == 4 - number
    turning.close()
    late = add_evidence(content=b"late")
    assert late.content.key_id == "new"
    assert len(list(key_rotation.rotate(batch=2))) == 2
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    assert [look(file, viewer) for file in added] == [b"file %d" % n for n in range(5)]
    assert list(key_rotation.rotate()) == []


def test_a_damaged_file_is_told_of_and_holds_up_no_other(settings):
    bad, good = add_evidence(), add_evidence()
    EvidenceContent.objects.filter(evidence=bad).update(
        ciphertext=bytes(bad.content.ciphertext)[:-1]
    )
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **settings.FIELD_ENCRYPTION_KEYS}
    turned = {one.name: one.problem for one in key_rotation.rotate()}
    assert "damaged" in turned[str(bad.uuid)]
    assert turned[str(good.uuid)] == ""
    assert key_rotation.left() == 1


def test_a_missing_key_is_named(settings):
    added = add_evidence()
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    with pytest.raises(NotPossible, match="“testing”"):
        look(added, make_staff_of("compliance"))


def test_a_row_names_the_key_of_its_content():
    added = add_evidence()
    with pytest.raises(DatabaseError, match="names_its_key"), transaction.atomic():
        EvidenceContent.objects.filter(evidence=added).update(key_id="other")
