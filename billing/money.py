"""Amounts. The ledger counts in micro-yuan (millionths of CNY 1) as integers.

Payments, refunds and invoices are in whole fen; usage is rated in exact decimals and
rounded to micro-yuan cumulatively, see `billing.charges`.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from django.utils.translation import gettext as _

from billing.exceptions import NotAnAmount

MICRO = 1_000_000
PER_FEN = 10_000
# What fits into a ledger for a hundred thousand years of business, and far into a bigint.
MOST = 10**12 * MICRO


def micro_of(yuan: Decimal | int | str, *, whole_fen: bool = True) -> int:
    """Micro-yuan of an amount in yuan. Raises `NotAnAmount` for anything else than a
    number, for parts of a fen (with `whole_fen`) or of a micro-yuan, and beyond `MOST`.
    """
    try:
        exact = Decimal(yuan) * MICRO
    except (InvalidOperation, ValueError, TypeError):
        raise NotAnAmount(_("Write an amount in yuan, such as 1280.50.")) from None
    if not exact.is_finite() or abs(exact) > MOST:
        raise NotAnAmount(_("Write an amount in yuan, such as 1280.50."))
    if exact != exact.to_integral_value() or (whole_fen and exact % PER_FEN):
        raise NotAnAmount(_("There is nothing smaller than a fen: two decimals at most."))
    return int(exact)


def yuan_of(micro: int) -> Decimal:
    """The exact amount in yuan: six decimals."""
    with localcontext() as context:
        context.prec = 40
        return Decimal(micro).scaleb(-6)


def shown(micro: int | None) -> str:
    """`1,280.50`, with as many further decimals as the amount has; `–` for None."""
    if micro is None:
        return "–"
    exact = yuan_of(micro)
    text = f"{exact:.6f}"
    decimals = max(2, len(text.split(".")[1].rstrip("0")))
    # Alike in both languages; Django's Chinese format has no separators.
    return f"{exact:,.{decimals}f}"


def rounded_to_fen(micro: int) -> int:
    """The nearest whole fen in micro-yuan, halves away from zero."""
    fen = (Decimal(micro) / PER_FEN).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return int(fen) * PER_FEN
