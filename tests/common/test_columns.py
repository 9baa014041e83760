"""How values look in lists."""

from decimal import Decimal

from django.utils.translation import override

from common.admin import clause, money, number, pill
from common.templatetags.desk import labelled_cell


def test_money_stays_together_and_goes_right():
    with override("en"):
        assert money(Decimal("1280")) == '<span class="num">¥\u00a01,280.00</span>'
        assert money(Decimal("-0.5"), "USD") == '<span class="num">$\u00a0-0.50</span>'
        assert money(Decimal("1"), "EUR") == '<span class="num">EUR\u00a01.00</span>'
        assert number(12345) == '<span class="num">12,345</span>'


def test_words_are_escaped():
    assert pill("<b>", "bad") == '<span class="pill bad">&lt;b&gt;</span>'
    assert "&lt;" in clause("<")


def test_a_cell_gets_the_name_of_its_column():
    cell = labelled_cell('<td class="field-name">Ada</td>', {"text": 'the "name"'})
    assert cell == '<td data-label="The &quot;name&quot;" class="field-name">Ada</td>'
