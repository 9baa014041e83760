"""How values look in lists."""

from datetime import UTC, datetime
from decimal import Decimal

from django.contrib.admin.templatetags.admin_list import ResultList
from django.utils import timezone
from django.utils.translation import override

from common.admin import clause, moment, money, number, pill
from common.templatetags.desk import result_rows


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


def test_a_cell_gets_the_name_of_its_column():
    row = ResultList(None, ['<td class="field-name">Ada</td>'])
    cells = result_rows([row], [{"text": 'API "name"'}])
    assert cells == '<tr><td data-label="API &quot;name&quot;" class="field-name">Ada</td></tr>'
