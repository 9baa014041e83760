"""The commands of the auditor, and a pack that is checked without us."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import connections

from apiqik_backoffice.database_roles import READER
from billing.models import Journal
from common.models import SealBlock, SealVerification
from common.seals import health
from tests.billing.making import make_account, paid_in
from tests.common.seals.settling import seal
from tests.desk.signing_in import staff

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_english", "few_tables"),
]


@pytest.fixture
def sealed():
    account = make_account()
    for _each in range(5):
        paid_in(account, 1, memo="充值 “x”\n\x7f")
    seal(rows_a_block=2)


def run(*arguments):
    said = StringIO()
    call_command(*arguments, stdout=said, stderr=StringIO())
    return said.getvalue()


def check_pack(folder, *arguments):
    script = ROOT / "docs" / "check_seal_pack.py"
    assert len(script.read_text().splitlines()) < 100
    command = [sys.executable, "-I", str(script), str(folder), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)


def test_what_is_sound_is_said_to_be_and_recorded(sealed):
    assert run("verify_seals") == "Everything is as it was sealed: 3 blocks of 5 rows.\n"
    assert "2 blocks" in run("verify_seals", "--since", "2")
    check = SealVerification.objects.order_by("pk").first()
    assert (check.since, check.upto, check.rows, check.findings) == (1, 3, 5, [])


def test_what_is_not_ends_with_a_status_and_is_recorded(sealed, as_owner):
    as_owner.execute("ALTER TABLE billing_journal DISABLE TRIGGER USER")
    changed = Journal.objects.order_by("pk")[3]
    as_owner.execute("UPDATE billing_journal SET memo = 'y' WHERE id = %s", [changed.pk])
    said = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("verify_seals", stdout=said, stderr=StringIO())
    assert error.value.returncode == 1
    sentence = (
        f"Row {changed.pk} of billing.journal was changed after it was sealed in block 2: memo.\n"
    )
    assert said.getvalue() == sentence
    check = SealVerification.objects.get()
    assert check.damaged == [2]
    assert check.findings == [sentence.strip()]


def test_whoever_may_only_look_checks_as_well(sealed, test_database, monkeypatch):
    connections["default"].close()
    reader = test_database.as_django_settings(READER)
    for name, value in reader.items():
        monkeypatch.setitem(connections["default"].settings_dict, name, value)
    try:
        assert "Everything" in run("verify_seals")
        assert not SealVerification.objects.exists()
    finally:
        connections["default"].close()


def test_a_check_that_fails_has_a_status_of_its_own(tmp_path):
    with pytest.raises(CommandError) as error:
        run("verify_seals", "--anchors", str(tmp_path / "none"))
    assert error.value.returncode == 2
    with pytest.raises(CommandError) as error:
        run("verify_seals", "--since", "0")
    assert error.value.returncode == 2


def test_another_copy_of_the_anchors(sealed, anchors_file, tmp_path):
    copy = tmp_path / "copy.log"
    copy.write_text(anchors_file.read_text())
    anchors_file.unlink()
    assert "Everything" in run("verify_seals", "--anchors", str(copy))


def test_a_pack_is_checked_offline(sealed, tmp_path):
    folder = tmp_path / "pack"
    run("verify_seals", "--export", str(folder))
    good = check_pack(folder)
    assert (good.returncode, good.stdout) == (0, "Everything is as it was sealed.\n")
    with pytest.raises(CommandError):
        run("verify_seals", "--export", str(folder))

    rows = folder / "rows" / "2.jsonl"
    whole = rows.read_bytes()
    rows.write_bytes(whole.replace(b"top_up", b"top-up", 1))
    assert "block 2: its rows are not those that were sealed" in check_pack(folder).stdout
    rows.write_bytes(whole.split(b"\n")[0] + b"\n")
    assert "block 2: has 1 rows, sealed were 2" in check_pack(folder).stdout
    rows.write_bytes(whole)

    blocks = (folder / "blocks.jsonl").read_text()
    lines = blocks.splitlines(keepends=True)
    (folder / "blocks.jsonl").write_text("".join([lines[0], lines[2]]))
    assert "missing or out of order" in check_pack(folder).stdout
    (folder / "blocks.jsonl").write_text(blocks.replace('"rows":2', '"rows":1', 1))
    assert "not what its hash was taken of" in check_pack(folder).stdout
    (folder / "blocks.jsonl").write_text(blocks)

    keys = tmp_path / "keys.json"
    keys.write_text('{"testing": "' + "00" * 32 + '"}')
    assert "not signed with a key you trust" in check_pack(folder, "--keys", keys).stdout
    anchors = tmp_path / "anchors"
    anchors.write_text((folder / "anchors.log").read_text().replace("1 ", "1 0", 1))
    bad = check_pack(folder, "--anchors", anchors)
    assert bad.returncode == 1
    assert "block 1: the anchors have another hash" in bad.stdout


def test_sealing_by_hand(anchors_file, settings):
    paid_in(make_account(), 1)
    assert "rows sealed" in run("seal")
    seal()
    anchors_file.unlink()
    assert run("seal", "--write-missing-anchors") == "1 anchors written.\n"
    assert run("seal", "--show-keys").startswith("testing:")
    anchors_file.write_text("")
    paid_in(make_account(), 1)
    seal()
    anchors_file.write_text("")
    with pytest.raises(CommandError, match="verify_seals"):
        run("seal")


def test_the_timetable_seals():
    from common.tasks import seal as task

    paid_in(make_account(), 1)
    seal()
    assert task() == 0
    assert SealBlock.objects.exists()


def test_readiness_notices_a_file_that_is_behind(sealed, anchors_file, as_owner):
    whole = anchors_file.read_text().splitlines(keepends=True)
    assert health.is_anchored()
    assert checks.run_checks(tags=["database"], databases=["default"]) == []
    anchors_file.write_text("".join(whole[:2]))
    assert health.is_anchored()  # for a moment: it has just been made
    as_owner.execute("ALTER TABLE common_sealblock DISABLE TRIGGER USER")
    as_owner.execute("UPDATE common_sealblock SET recorded_at = recorded_at - interval '1 hour'")
    assert not health.is_anchored()
    found = checks.run_checks(tags=["database"], databases=["default"])
    assert [each.id for each in found] == ["common.W002"]
    anchors_file.write_text(whole[0])
    assert not health.is_anchored()
    anchors_file.write_text("".join(whole))
    as_owner.execute("DELETE FROM common_sealblock WHERE number = 3")
    assert not health.is_anchored()


def test_a_place_without_keys_is_told_so(settings):
    settings.SEAL_KEYS = {}
    assert "common.E001" in [each.id for each in checks.run_checks()]


def test_anchors_do_not_lie_where_files_are_served(settings):
    settings.SEAL_ANCHORS = f"{settings.MEDIA_ROOT}/anchors.log"
    found = checks.run_checks(tags=["security"], include_deployment_checks=True)
    assert "common.W001" in [each.id for each in found]


def test_auditors_see_blocks_and_what_became_of_them(sealed, as_owner):
    _user, auditor = staff("auditor")
    blocks = "/admin/common/sealblock/"
    page = auditor.get(blocks).content.decode()
    assert page.count("not checked yet") == 3
    as_owner.execute("ALTER TABLE billing_journal DISABLE TRIGGER USER")
    last = Journal.objects.order_by("-pk")[0].pk
    as_owner.execute("UPDATE billing_journal SET memo = 'y' WHERE id = %s", [last])
    with pytest.raises(CommandError):
        run("verify_seals")
    page = auditor.get(blocks).content.decode()
    assert (page.count("damaged"), page.count("as it was sealed")) == (1, 2)
    [newest] = SealBlock.objects.filter(number=3)
    page = auditor.get(f"{blocks}{newest.number}/change/").content.decode()
    assert newest.hash in page
    assert "damaged" in page
    check = SealVerification.objects.get()
    page = auditor.get(f"/admin/common/sealverification/{check.pk}/change/").content.decode()
    assert f"Row {last} of billing.journal was changed" in page
    assert staff("support")[1].get(blocks).status_code == 403


def test_the_list_of_blocks_costs_the_same_however_many(django_assert_max_num_queries):
    account = make_account()
    for _each in range(12):
        paid_in(account, 1)
    seal(rows_a_block=1)
    _user, auditor = staff("auditor")
    auditor.get("/admin/")
    with django_assert_max_num_queries(20):
        assert auditor.get("/admin/common/sealblock/").status_code == 200
