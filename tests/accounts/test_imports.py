"""People and accounts come in from a file: good rows are kept, bad ones named."""

import csv
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts import imports
from accounts.agreements import import_text
from accounts.management.commands import import_accounts
from accounts.models import Acceptance, Account, Condition, Membership, ServiceUse, User
from common import clock
from tests.accounts.making import make_region, make_service

HEADINGS = "phone,name,email,language,time_zone,kind,account_ref,account_name,role"
PEOPLE = [
    "13900000001,李华,li@example.com,zh-hans,Asia/Shanghai,personal,,,",
    "13900000001,李华,li@example.com,zh-hans,Asia/Shanghai,organization,o-1,海港 AI,owner",
    "+49 1512 3456789,Ada Vogel,ada@example.com,en,Europe/Berlin,organization,o-1,,developer",
]


@pytest.fixture
def run(db, tmp_path, capsys):
    """Imports lines below the usual headings, and gives what was printed."""

    def run(*lines, headings=HEADINGS, encoding="utf-8", **options):
        file = tmp_path / "people.csv"
        file.write_bytes("\n".join([headings, *lines, ""]).encode(encoding))
        call_command("import_accounts", str(file), **options)
        return capsys.readouterr().out

    run.rejected = tmp_path / "people.rejected.csv"
    return run


def counts():
    return User.objects.count(), Account.objects.count(), Membership.objects.count()


def test_a_person_may_have_a_place_in_several_accounts(run):
    run(*PEOPLE)

    assert counts() == (2, 2, 3)
    li = User.objects.get(phone="+8613900000001")
    assert (li.name, li.language, li.contact_email) == ("李华", "zh-hans", "li@example.com")
    assert not li.has_usable_password()
    assert li.personal_account.name == "李华"
    harbour = Account.objects.get(external_ref="o-1")
    assert (harbour.kind, harbour.name, harbour.time_zone) == (
        "organization",
        "海港 AI",
        "Asia/Shanghai",
    )
    assert set(harbour.memberships.values_list("user__name", "role")) == {
        ("李华", "owner"),
        ("Ada Vogel", "developer"),
    }


def test_the_second_run_brings_nothing_new(run):
    run(*PEOPLE)
    before = counts()

    printed = run(*PEOPLE)

    assert counts() == before
    assert "rows that were there already │ 3" in printed
    assert not run.rejected.exists()


def test_what_was_imported_has_the_beginning_of_its_history(run):
    run(*PEOPLE)

    assert Account.history.count() == 2
    assert set(Membership.history.values_list("history_type", "history_change_reason")) == {
        ("+", "import")
    }


def test_a_dry_run_stores_nothing_and_knows_earlier_batches(run, monkeypatch):
    monkeypatch.setattr(import_accounts, "BATCH", 1)

    printed = run(*PEOPLE, dry_run=True)

    assert counts() == (0, 0, 0)
    assert "rows refused                 │ 0" in printed


def test_bad_rows_are_refused_by_line_and_good_ones_kept(run):
    printed = run("123,Nobody,,,,,,,", PEOPLE[0], ",No Phone,,,,,,,")

    assert counts() == (1, 1, 1)
    assert "Line 2: “123” is not a phone number" in printed
    assert "Line 4: “phone” is empty." in printed
    with run.rejected.open(encoding="utf-8-sig") as file:
        rejected = list(csv.DictReader(file))
    assert [(row["line"], row["name"]) for row in rejected] == [("2", "Nobody"), ("4", "No Phone")]
    assert rejected[1]["reason"] == "“phone” is empty."


def test_refused_rows_are_written_so_that_no_spreadsheet_runs_them(run):
    run('+86 123,"=HYPERLINK(""x"")",@x,,,,,,')

    with run.rejected.open(encoding="utf-8-sig") as file:
        _headings, row = csv.reader(file)
    assert row[:3] == ["'+86 123", '\'=HYPERLINK("x")', "'@x"]


def test_refused_rows_once_mended_can_be_imported_as_they_are(run):
    run("+8613900000002,Ming,not an address,,,,,,")
    mended = run.rejected.read_text(encoding="utf-8-sig").replace("not an address", "m@example.com")
    headings, *lines = mended.splitlines()

    run(*lines, headings=headings)

    assert User.objects.get().phone == "+8613900000002"


def test_only_so_many_refusals_are_printed(run):
    printed = run(*["1,x"] * 25, headings="phone,name")

    assert printed.count("is not a phone number") == 20
    assert "… and 5 more." in printed


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("13900000001,Li,,,,organization,,X,owner", "An organization needs an account_ref"),
        ("13900000001,Li,,,,organization,o-1,,owner", "“account_name” is empty"),
        ("13900000001,Li,,,,organization,o-1,X,", "“” is no role. Write one of: owner, admin"),
        ("13900000001,Li,,,,organization,o-1,X,boss", "“boss” is no role"),
        ("13900000001,Li,,,,personal,,,viewer", "A personal account has its holder as owner"),
        ("13900000001,Li,,,,club,,,", "“club” is no kind"),
        ("13900000001,Li,,fr,,,,,", "“fr” is no language"),
        ("13900000001,Li,,,Mars/Olympus,,,,", "“Mars/Olympus” is not a time zone"),
        ("13900000001,Li,li@,,,,,,", "“li@” is not an e-mail address."),
        ("13900000001,,,,,,,,", "“name” is empty."),
        (f"13900000001,{'x' * 121},,,,,,,", "“name” is longer than 120 characters."),
        ("13900000001,L\x00i,,,,,,,", "“name” has a line break or control character"),
        ('13900000001,"Li\nHua",,,,,,,', "“name” has a line break or control character"),
        ("13900000001,Li,,,,,,,,,extra", "There are 11 cells for 9 columns"),
        ("1.39E+10,Li,,,,,,,", "A spreadsheet cut the phone number to 1.39E+10"),
    ],
)
def test_a_row_is_refused_for_what_it_says(run, row, reason):
    assert f"Line 2: {reason}" in run(row)
    assert counts() == (0, 0, 0)


@pytest.mark.parametrize(
    "written",
    [
        "13900000001",
        "139 0000 0001",
        "+86-139-0000-0001",
        "8613900000001",
        "13900000001.0",
        "1.3900000001E+10",
        "'+8613900000001",
        '"=""13900000001"""',
        "１３９０００００００１",
    ],
)
def test_phones_are_understood_however_a_spreadsheet_writes_them(run, written):
    run(f"{written},Li", headings="phone,name")

    assert User.objects.get().phone == "+8613900000001"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_headings_have_other_names_and_separators(run, separator):
    run(
        separator.join(["13900000001", "李华", "组织", "o-1", "海港", "所有者"]),
        headings=separator.join(["手机号", "姓名", "类型", "账户编号", "Account Name *", "角色"]),
        encoding="utf-8-sig",
    )

    assert Account.objects.get().name == "海港"


def test_columns_nobody_knows_are_left_out_with_a_word(run):
    printed = run("13900000001,Li,blue", headings="phone,name,colour")

    assert "the column “colour” is not known and left out." in printed
    assert counts() == (1, 1, 1)


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ("name,email", "Line 1: the column “phone” is missing."),
        ("phone,手机号,name", "Line 1: the column “phone” is there more than once."),
    ],
)
def test_a_file_without_the_needed_columns_is_refused(run, headings, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("x,y,z", headings=headings)


def test_a_file_in_gb18030_is_recognised_and_read_when_told(run):
    with pytest.raises(CommandError, match=r"Line 2 is not in UTF-8; .* --encoding gb18030"):
        run(PEOPLE[0], encoding="gb18030")
    # call_command takes an option's Python name.
    file = run.rejected.with_name("people.csv")
    call_command("import_accounts", str(file), encoding="gb18030")

    assert User.objects.get().name == "李华"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        ("phone,name".encode("utf-16"), "The file is in UTF-16."),
        (b"phone,name\n1,\xff\xff\n", "Line 2 is not in UTF-8. Save the file"),
        (b"phone,name\n1,\xe6", "Line 2 is not in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(db, tmp_path, content, sentence):
    file = tmp_path / "people.csv"
    file.write_bytes(content)

    with pytest.raises(CommandError, match=sentence):
        call_command("import_accounts", str(file))


def test_an_absent_file_is_refused(db, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_accounts", str(tmp_path / "absent.csv"))


def test_a_slip_in_a_phone_lets_no_stranger_into_an_account(run):
    run(PEOPLE[1])

    printed = run("13900000001,Somebody Else,,,,organization,o-2,X,owner")
    assert "Line 2: This phone belongs to somebody of another name." in printed
    printed = run("13900000009,Ming,,,,organization,o-1,Another Company,owner")
    assert "Line 2: This reference belongs to an account of another name." in printed
    assert counts() == (1, 1, 1)


def test_rows_that_contradict_each_other_are_refused(run):
    printed = run(
        "13900000001,Li,,,,organization,o-1,X,owner",
        "13900000001,Li,,,,organization,o-1,X,viewer",
        "13900000001,Li,,,,personal,o-1,,",
        "13900000001,Li,,,,personal,p-1,,",
        "13900000002,Ming,,,,personal,p-1,,",
    )

    assert "Line 3: This person is in the account already, as owner." in printed
    assert "Line 4: The account of this reference is not of this kind." in printed
    assert "Line 6: The reference and the phone belong to different accounts." in printed
    assert counts() == (1, 2, 2)


ACCEPTING = "phone,name,accepted_document_version,accepted_at"


@pytest.fixture
def terms(db):
    import_text(slug="terms", source=b"T\np\n1. A\n1.1 x\n", publish=True)
    return import_text(slug="terms", source="条\n前\n1. 甲\n1.1 乙\n".encode()).text


def test_an_acceptance_comes_in_with_its_account(run, terms):
    run("13900000001,Li,terms:1,2026-03-01T09:30:00+08:00", headings=ACCEPTING)

    acceptance = Acceptance.objects.get()
    assert (acceptance.text, acceptance.text_sha256) == (terms, terms.sha256)
    assert acceptance.method == Acceptance.Method.IMPORT
    assert acceptance.accepted_at.isoformat() == "2026-03-01T01:30:00+00:00"
    assert not Condition.objects.exists()


def test_an_account_nobody_accepted_for_waits_for_consent(run, terms):
    run("13900000001,Li,,", headings=ACCEPTING)
    assert Condition.objects.get(cleared_at=None).source == "consent_due"

    run("13900000001,Li,terms:1,2026-03-01 09:30", headings=ACCEPTING)

    assert Acceptance.objects.count() == 1
    assert not Condition.objects.filter(cleared_at=None).exists()
    run("13900000001,Li,terms:1,2026-03-01 09:30", headings=ACCEPTING)
    assert Acceptance.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("terms:2,2026-03-01", "There is no published version 2 of “terms”."),
        ("terms,2026-03-01", "“terms” is no version of a document."),
        ("terms:1,", "accepted_document_version and accepted_at need each other."),
        ("terms:1,yesterday", "“yesterday” in accepted_at is no time."),
        ("terms:1,2999-01-01", "accepted_at is in the future."),
    ],
)
def test_an_acceptance_that_cannot_be_is_refused(run, terms, cells, reason):
    assert f"Line 2: {reason}" in run(f"13900000001,Li,{cells}", headings=ACCEPTING)
    assert counts() == (0, 0, 0)


def test_only_an_owner_can_have_accepted(run, terms):
    printed = run(
        "13900000001,Li,organization,o-1,X,viewer,terms:1,2026-03-01",
        headings="phone,name,kind,account_ref,account_name,role,agreement,agreed_at",
    )

    assert "Line 2: Only an owner can have accepted for an account." in printed


def test_interrupted_it_keeps_whole_batches_and_goes_on_next_time(run, monkeypatch):
    monkeypatch.setattr(import_accounts, "BATCH", 2)
    lines = [f"1390000000{n},Person {n}" for n in range(5)]
    real, calls = imports.store, []

    def interrupted(*, rows):
        calls.append(rows)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(rows=rows)

    monkeypatch.setattr(import_accounts, "store", interrupted)
    with pytest.raises(CommandError, match="Interrupted before line 4") as stop:
        run(*lines, headings="phone,name")
    assert stop.value.returncode == 130
    assert User.objects.count() == 2

    printed = run(*lines, headings="phone,name")

    assert User.objects.count() == 5
    assert "new people                   │ 3" in printed


def test_a_batch_takes_as_many_queries_for_many_rows_as_for_few(run, django_assert_max_num_queries):
    lines = [f"139{n:08},Person {n},organization,o-{n},X,owner" for n in range(300)]
    headings = "phone,name,kind,account_ref,account_name,role"

    with django_assert_max_num_queries(25):
        run(*lines, headings=headings)

    assert Condition.objects.filter(since__gt=clock.now() - timedelta(minutes=5)).count() == 300


def test_a_line_that_is_no_csv_is_refused_and_the_next_one_read(run):
    printed = run(f"13900000001,{'x' * 200_000}", "", "13900000002,Ming", headings="phone,name")

    assert "Line 2: Not readable: field larger than field limit" in printed
    assert User.objects.get().name == "Ming"


def test_a_quotation_mark_left_open_is_named(run):
    printed = run('13900000001,"Li', "13900000002,Ming", headings="phone,name")

    assert "Line 2: “name” has a line break or control character" in printed


def test_where_the_refused_rows_cannot_be_written_the_import_goes_on(run):
    run.rejected.mkdir()

    printed = run("1,x", "13900000002,Ming", headings="phone,name")

    assert "people.rejected.csv cannot be written: Is a directory." in printed
    assert User.objects.get().name == "Ming"


def test_regions_and_services_used_come_along(run):
    region, service = make_region(), make_service()
    headings = f"{HEADINGS},region,services_used"

    run(
        f"{PEOPLE[0]},{region.slug},{service.slug}",
        f"{PEOPLE[1]},,",
        headings=headings,
    )

    li = Account.objects.get(kind="personal")
    assert li.region == region
    use = ServiceUse.objects.get()
    assert (use.account, use.service, use.region) == (li, service, region)
    assert Account.objects.get(kind="organization").region is None
    run(f"{PEOPLE[0]},{region.slug},{service.slug}", headings=headings)
    assert ServiceUse.objects.get().last_used_at == use.last_used_at


@pytest.mark.parametrize(
    ("cells", "reason"),
    [("the-moon,", "There is no region"), (",time-travel", "There is no service")],
)
def test_an_unknown_region_or_service_is_refused(run, cells, reason):
    run(f"{PEOPLE[0]},{cells}", headings=f"{HEADINGS},region,services_used")

    assert counts() == (0, 0, 0)
    assert reason in run.rejected.read_text()


def test_names_that_sign_up_would_not_take_are_taken_and_told(run):
    printed = run(
        "13812345671,小明客服,,,,,,,", "13812345672,李华,,,,,,,", "13812345673,ap1q1k,,,,,,,"
    )

    assert counts() == (3, 3, 3)
    assert "Line 2: taken, but look at the name “小明客服” (official-sounding: 客服)" in printed
    assert "Line 4: taken, but look at the name “ap1q1k” (reserved: apiqik)" in printed
    assert "names to look at             │ 2" in printed


def test_another_owner_comes_by_consent_and_not_by_a_file(run):
    run(*PEOPLE)
    second = "13900000003,Wang,,zh-hans,Asia/Shanghai,organization,o-1,,owner"
    assert "has an owner already" in run(second)
    assert Membership.objects.filter(role="owner", account__kind="organization").count() == 1


def test_owners_of_a_new_account_come_together(run):
    run(*PEOPLE, "13900000003,Wang,,zh-hans,Asia/Shanghai,organization,o-1,,owner")
    assert Membership.objects.filter(role="owner", account__kind="organization").count() == 2
