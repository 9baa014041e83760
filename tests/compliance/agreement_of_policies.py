"""A made-up agreement with a clause for each policy, in either language."""

from compliance.models import Policy

ARTICLES = 14


def agreement_with(numbers, *, chinese=False):
    """The text as bytes: all `numbers`, and what has to stand above and before them."""
    wanted = set(numbers)
    lines = [
        "文馆规约" if chinese else "Rules of the Reading Room",
        "前言。" if chinese else "Read.",
    ]
    words = "不得如此。" if chinese else "Please do not."
    for number in _complete(wanted):
        letter = number.partition("(")[2].rstrip(")")
        lines.append(
            f"- ({letter}) {words}" if letter else f"{number}. X" if "." not in number else number
        )
        if not letter and "." in number:
            lines.append(words)
    return "\n".join(lines).encode() + b"\n"


def numbers_of_policies():
    return list(Policy.objects.values_list("clause_number", flat=True))


def _complete(wanted):
    """In order, with every number that has to come before one of `wanted`."""
    found = set()
    for number in wanted:
        whole, _bracket, letter = number.partition("(")
        parts = [int(part) for part in whole.split(".")]
        if letter:
            for code in range(ord("a"), ord(letter[0]) + 1):
                found.add((*parts, chr(code)))
        for depth in range(1, len(parts) + 1):
            for last in range(1, parts[depth - 1] + 1):
                found.add((*parts[: depth - 1], last))
    ordered = sorted(
        found, key=lambda key: tuple(ord(p) + 1000 if isinstance(p, str) else p for p in key)
    )
    for key in ordered:
        *head, tail = key
        if isinstance(tail, str):
            yield ".".join(map(str, head)) + f"({tail})"
        else:
            yield ".".join(map(str, key))
