"""Statements as CSV, XLSX and PDF: what is in them, and what a spreadsheet must not do."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.utils.translation import override

from billing import statement_files, statement_pdf, statements
from billing.exceptions import TooManyLines
from billing.statement_files import as_text, csv_of, write_xlsx
from billing.statement_pdf import pdf_of
from common.clock import now
from tests.billing.making import granted, make_account, paid_in, spend

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
BAD = '=HYPERLINK("http://x")'


@pytest.fixture
def frame():
    account = make_account(name="=1+1 #strong[x]")
    paid_in(account, 1280, memo=BAD)
    granted(account, 5)
    spend(account, "7.000001")
    spend(account, 1)
    since = now() - timedelta(days=1)
    return statements.statement(account=account, since=since, until=since + timedelta(days=2))


def table_of(frame, **options):
    content = b"".join(csv_of(frame, **options))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_csv_says_it_all_and_nothing_is_a_formula(frame):
    head, opening, *lines, closing = table_of(frame)
    assert head[:4] == ["Time", "Kind", "What for", "Journal"]
    assert opening[1:] == ["Opening balance", "", "", *["0.000000"] * 6]
    assert [line[1] for line in lines] == ["top-up", "granted credit", "usage charge"]
    assert lines[0][2] == "'" + BAD
    assert lines[2][2] == "Usage · 2 charges"
    assert lines[2][4:] == [
        *["0.000000", "8.000001"],
        *["1276.999999", "0.000000", "0.000000", "1276.999999"],
    ]
    assert closing[4:6] == ["1285.000000", "8.000001"]
    assert closing[-1] == lines[-1][-1]
    assert len(table_of(frame, detailed=True)) == 7


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_begins_like_a_formula_is_text(start):
    assert as_text(f"{start}1") == f"'{start}1"
    assert as_text(f"1{start}") == f"1{start}"


def test_csv_keeps_its_language_between_two_parts(frame):
    parts = csv_of(frame)
    whole = next(parts)
    with override("zh-hans"):
        whole += b"".join(parts)
    assert "usage charge" in whole.decode()


def cells_of(content):
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314
    rows = [row.findall("x:c", space) for row in sheet.iterfind(".//x:row", space)]
    return names, sheet, space, rows


def test_xlsx_has_numbers_as_numbers_and_strings_as_strings(frame):
    into = io.BytesIO()
    write_xlsx(frame, into=into)
    _names, sheet, space, rows = cells_of(into.getvalue())
    assert sheet.findall(".//x:f", space) == []
    top_up = rows[2]
    assert [cell.get("t") for cell in top_up] == [None, *["inlineStr"] * 3, *[None] * 6]
    assert "".join(top_up[2].itertext()) == BAD
    assert Decimal(top_up[4].find("x:v", space).text) == 1280
    assert Decimal(rows[4][5].find("x:v", space).text) == Decimal("8.000001")


def test_more_lines_than_a_file_holds_are_refused_with_a_way_out(frame, monkeypatch):
    monkeypatch.setattr(statement_files, "MOST_XLSX_LINES", 2)
    with pytest.raises(TooManyLines, match="CSV"):
        write_xlsx(frame, into=io.BytesIO())
    monkeypatch.setattr(statement_pdf, "MOST_LINES", 2)
    with pytest.raises(TooManyLines, match="CSV"):
        pdf_of(frame)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pdf_is_tagged_and_the_same_each_time(frame, language):
    with override(language):
        first, second = pdf_of(frame), pdf_of(frame)
    assert first == second
    assert first.startswith(b"%PDF-1.7")
    assert re.search(rb"/MarkInfo\s*<<[^>]*/Marked true", first)
    assert rb"/Lang" in first


def test_a_pdf_of_nothing(frame):
    empty = statements.statement(
        account=frame.account, since=frame.since, until=frame.since + timedelta(hours=1)
    )
    assert pdf_of(empty).startswith(b"%PDF")
