"""Lists of a million rows beside the stock admin's, page by page in turn."""

import re
from typing import Any
from urllib.parse import quote

from tests.bench.figures import figure, interleaved
from tests.bench.population import email_of, phone_of

PER_PAGE = 50
TURNS = 5
ACCOUNTS = "/admin/accounts/account/"
NOTICES = "/admin/notices/notice/"
LISTS = {"accounts": ACCOUNTS, "recipients": NOTICES}
UNBOUNDED = re.compile(r"count\((?!.*\blimit\b)", re.IGNORECASE | re.DOTALL)


def pages(bench: Any, address: str, stock: str, ours: str) -> list[float]:
    same_rows(bench, address + ours, address + stock)
    return interleaved(
        turns=range(TURNS),
        slow=lambda _turn: bench.stock.seconds(address + stock),
        fast=lambda _turn: bench.ours.seconds(address + ours),
    )


def searches(bench: Any, address: str, texts: list[str]) -> list[float]:
    same_rows(bench, f"{address}?q={quote(texts[0])}", f"{address}?q={quote(texts[0])}")
    return interleaved(
        turns=texts,
        slow=lambda text: bench.stock.seconds(f"{address}?q={quote(text)}"),
        fast=lambda text: bench.ours.seconds(f"{address}?q={quote(text)}"),
    )


def keys_in(body: str) -> list[str]:
    return re.findall(r'<th[^>]*><a href="[^"]*/(\d+)/change/', body)


def same_rows(bench: Any, ours: str, stock: str) -> None:
    """Both show the same records, or comparing their times would mean nothing."""
    mine, theirs = (
        keys_in(browser.get(address)["body"])
        for browser, address in ((bench.ours, ours), (bench.stock, stock))
    )
    if not mine or mine != theirs:
        raise AssertionError(f"{ours} shows {mine[:3]}…, the stock {stock} shows {theirs[:3]}…")


def some(bench: Any) -> list[int]:
    """A few customers, spread over all of them; others each time a text is searched."""
    return [bench.rows * (2 * turn + 1) // (2 * TURNS) for turn in range(TURNS)]


def declare(name: str, address: str) -> None:
    @figure(f"lists.{name}.first_page", at_least=4)
    def first_page(bench: Any) -> list[float]:
        return pages(bench, address, "", "")

    @figure(f"lists.{name}.last_page", at_least=50)
    def last_page(bench: Any) -> list[float]:
        return pages(bench, address, f"?p={bench.rows // PER_PAGE}", "?p=end")

    @figure(f"lists.{name}.search_by_phone", at_least=50)
    def search_by_phone(bench: Any) -> list[float]:
        # National digits, as people read them off a telephone.
        return searches(bench, address, [phone_of(n)[3:] for n in some(bench)])

    @figure(f"lists.{name}.search_by_email", at_least=50)
    def search_by_email(bench: Any) -> list[float]:
        return searches(bench, address, [email_of(n) for n in some(bench)])

    @figure(f"lists.{name}.search_by_part_of_phone", at_least=10)
    def search_by_part(bench: Any) -> list[float]:
        return searches(bench, address, [phone_of(n)[-8:] for n in some(bench)])

    @figure(f"lists.{name}.unbounded_counts", at_most=0)
    def unbounded_counts(bench: Any) -> list[float]:
        queries = ("", "?p=end", f"?q={phone_of(1)[3:]}", "?q=mail7", "?o=1")
        statements = [
            sql
            for query in queries
            for sql in bench.ours.get(address + query, with_sql=True)["sql"]
        ]
        return [float(sum(bool(UNBOUNDED.search(sql)) for sql in statements))]


for each, at in LISTS.items():
    declare(each, at)
