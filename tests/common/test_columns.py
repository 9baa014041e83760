"""How values look in lists."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import dateformat, timezone
from django.utils.translation import override

from common.admin import clause, columns, moment, money, number, pill


def test_money_stays_together_and_goes_right():
    with override("en"):
        assert money(Decimal("1280")) == '<span class="num">¥\u00a01,280.00</span>'
        assert money(Decimal("-0.5"), "USD") == '<span class="num">$\u00a0-0.50</span>'
        assert money(Decimal("1"), "EUR") == '<span class="num">EUR\u00a01.00</span>'
        assert number(12345) == '<span class="num">12,345</span>'


def test_a_moment_is_in_the_readers_zone_and_words():
    at = datetime(2026, 11, 21, 2, 20, tzinfo=UTC)
    with override("zh-hans"), timezone.override("Asia/Shanghai"):
        assert moment(at) == "2026年11月21日 10:20"
    with override("en"), timezone.override("UTC"):
        assert moment(at) == "21 Nov 2026, 02:20"
    assert moment(None) == "—"


def test_words_are_escaped():
    assert pill("<b>", "bad") == '<span class="pill bad">&lt;b&gt;</span>'
    assert "&lt;" in clause("<")


@pytest.mark.parametrize(
    "written", ["j M Y, H:i", "Y年n月j日 H:i", "N j, Y, P", "D d/m/y \\a G:i:s"]
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_moments_are_written_as_django_writes_them(written, language, monkeypatch):
    monkeypatch.setattr(columns, "get_format", lambda _name: written)
    at = datetime(2026, 3, 1, 22, 5, 9, tzinfo=UTC)
    with override(language), timezone.override("Europe/Berlin"):
        wanted = dateformat.format(timezone.localtime(at), written)
        if columns.in_plain_letters(written):
            assert columns.moment_writer()(at) == wanted
        else:
            assert columns.moment_writer()(at) == moment(at)
