"""The list of a million journals: as fast at any depth, and beside the stock admin's."""

from typing import Any

from tests.bench.figures import figure, interleaved
from tests.bench.lists import PER_PAGE, TURNS, UNBOUNDED, pages
from tests.bench.population import FIRST_ID

JOURNALS = "/admin/billing/journal/"


@figure("lists.journals.depth", at_most=2)
def depth(bench: Any) -> list[float]:
    """Pages spread over the whole list, the last one among them, against the first."""
    last = FIRST_ID - 1 + bench.rows
    places = [f"?p=after-{last - bench.rows * turn // TURNS}" for turn in range(1, TURNS)]
    return interleaved(
        turns=[*places, "?p=end"],
        slow=lambda place: bench.ours.seconds(JOURNALS + place),
        fast=lambda _place: bench.ours.seconds(JOURNALS),
    )


@figure("lists.journals.last_page", at_least=50)
def last_page(bench: Any) -> list[float]:
    return pages(bench, JOURNALS, f"?p={bench.rows // PER_PAGE}", "?p=end")


@figure("lists.journals.unbounded_counts", at_most=0)
def unbounded_counts(bench: Any) -> list[float]:
    some = FIRST_ID - 1 + bench.rows // 2
    queries = ("", "?p=end", f"?p=after-{some}", "?kind__exact=top_up", "?q=charge:line-77")
    statements = [
        sql for query in queries for sql in bench.ours.get(JOURNALS + query, with_sql=True)["sql"]
    ]
    return [float(sum(bool(UNBOUNDED.search(sql)) for sql in statements))]
