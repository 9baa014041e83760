"""Agreements are imported once, published, and a clause at times severed."""

import hashlib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.agreements import citable, import_text, sever
from accounts.exceptions import (
    AgreementIsFinal,
    AgreementIsMalformed,
    AlreadySevered,
    ReasonMissing,
)
from accounts.models import AgreementText, AgreementVersion, Clause, Severance
from tests.accounts.making import make_person

DATA = Path(__file__).parents[1] / "data"
ENGLISH, CHINESE = DATA / "agreement-en.txt", DATA / "agreement-zh-hans.txt"


def import_both():
    import_text(slug="rules", source=CHINESE.read_bytes())
    return import_text(slug="rules", source=ENGLISH.read_bytes()).text.version


def test_a_text_is_kept_byte_for_byte_with_its_hash(db):
    source = "\ufeffT\r\np\r\n1. A\r\n".encode()

    text = import_text(slug="rules", source=source).text

    assert text.source.encode() == source
    assert text.sha256 == hashlib.sha256(source).hexdigest()


def test_both_languages_share_the_clauses_of_a_version(db):
    version = import_both()

    assert version.texts.count() == 2
    clause = version.clauses.get(number="1.2.2")
    headings = {text.text.language: text.heading for text in clause.texts.all()}
    assert headings == {"zh-hans": "妥善保管。", "en": "Keeping the card safe."}
    assert version.document.title_zh_hans == "阅览室守则"
    assert version.document.title_en == "Rules of the Reading Room"


def test_the_same_text_again_changes_nothing(db):
    first = import_text(slug="rules", source=ENGLISH.read_bytes())
    again = import_text(slug="rules", source=ENGLISH.read_bytes())

    assert (first.created, again.created) == (True, False)
    assert again.text == first.text
    assert AgreementText.objects.count() == 1


def test_another_text_for_the_same_version_is_refused(db):
    import_text(slug="rules", number=1, source=ENGLISH.read_bytes())

    with pytest.raises(AgreementIsFinal, match="never changes"):
        import_text(slug="rules", number=1, source=ENGLISH.read_bytes() + b"More.\n")


def test_another_text_without_a_number_becomes_the_next_version(db):
    import_text(slug="rules", source=ENGLISH.read_bytes())
    second = import_text(slug="rules", source=ENGLISH.read_bytes() + b"More.\n")
    first_again = import_text(slug="rules", source=ENGLISH.read_bytes())

    assert second.text.version.number == 2
    assert first_again.text.version.number == 1


def test_a_second_language_with_other_numbers_is_refused(db):
    import_text(slug="rules", source=ENGLISH.read_bytes())
    shorter = CHINESE.read_text(encoding="utf-8").replace("2.2 地图室内请勿带伞。\n", "")

    with pytest.raises(AgreementIsMalformed, match=r"Missing here: 2\.2\. Only here: —\."):
        import_text(slug="rules", source=shorter.encode())


def test_publishing_happens_once_and_never_goes_back(db):
    source = ENGLISH.read_bytes()
    assert import_text(slug="rules", source=source, publish=True).published
    assert not import_text(slug="rules", source=source, publish=True).published
    import_text(slug="rules", source=source + b"More.\n", publish=True)

    current = AgreementVersion.objects.current("rules")
    assert current is not None
    assert current.number == 2
    with pytest.raises(AgreementIsFinal, match="newer version"):
        import_text(slug="rules", source=source, publish=True)


def test_a_severed_clause_and_what_stands_under_it_cannot_be_cited(db):
    version = import_both()
    person = make_person()

    sever(clause=version.clauses.get(number="1.2"), severed_by=person, reason="court order")
    sever(clause=version.clauses.get(number="2.1(a)"), severed_by=person, reason="court order")

    assert [clause.number for clause in citable(version)] == [
        *["1", "1.1", "1.3", "2", "2.1", "2.1(b)", "2.2", "3"]
    ]


def test_a_clause_severed_in_one_version_may_be_cited_in_another(db):
    version = import_both()
    import_text(slug="rules", source=ENGLISH.read_bytes() + b"More.\n")
    sever(clause=version.clauses.get(number="1.3"), severed_by=make_person(), reason="void")

    later = AgreementVersion.objects.get(number=2)
    assert citable(later).filter(number="1.3").exists()


def test_a_clause_is_severed_once_and_for_a_reason(db):
    clause, person = import_both().clauses.get(number="1.3"), make_person()
    with pytest.raises(ReasonMissing):
        sever(clause=clause, severed_by=person, reason="  ")
    sever(clause=clause, severed_by=person, reason="void")

    with pytest.raises(AlreadySevered, match=r"1\.3"):
        sever(clause=clause, severed_by=person, reason="void")
    assert Severance.objects.count() == 1


def test_the_command_prints_what_it_found(db, capsys):
    call_command("import_agreement", str(ENGLISH), document="rules", publish=True)

    printed = capsys.readouterr().out
    assert "3 articles, 8 clauses, 4 items" in printed
    assert "Line 21: a paragraph after 2.1(b)" in printed
    assert "Published." in printed
    assert Clause.objects.filter(version__document__slug="rules").count() == 16


def test_a_dry_run_stores_nothing(db, capsys):
    call_command("import_agreement", str(ENGLISH), dry_run=True)

    assert "nothing was stored" in capsys.readouterr().out
    assert not AgreementVersion.objects.exists()


def test_the_command_refuses_with_one_sentence(db, tmp_path):
    broken = tmp_path / "broken.txt"
    broken.write_text("T\n1. A\n1.1 x\n1.3 y\n")

    with pytest.raises(CommandError, match=r"^Line 4: 1\.3 follows 1\.1: 1\.2 is missing\.$"):
        call_command("import_agreement", str(broken))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_agreement", str(tmp_path / "absent.txt"))
