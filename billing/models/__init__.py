"""What money is written down as.

A `Journal` is one event of money, with two or more `Entry`s on accounts of the chart
(`LedgerAccount`, `LegRule`) that add up to zero. Customers' entries move their `Wallet`
and the `CreditLot`s it consists of. A `Charge` is a rated line of usage.

Corrections, refunds, write-offs and granted credit need a `PostingRequest` and somebody
else's `PostingApproval`; a refund moreover a `RefundConsent` or a `RefundPolicy`.
A customer asks for fees back by a `RefundApplication`; a `RefundApplicationAnswer` prepares the
refund or declines it.
An `Invoice` is what has been invoiced of an account's fees. Nothing is posted before the
latest `PeriodClose`. A `TaxRate` holds from a moment on.

A `BalanceAlert` says below what balance people are told. What they are told of is an
`Occasion`; each gets a `MoneyMessage`, also sent by
`MoneyDelivery`; a `MoneyReading` is its being opened.
"""

from billing.models.alerts import (
    BalanceAlert,
    MoneyDelivery,
    MoneyMessage,
    MoneyReading,
    Occasion,
)
from billing.models.applications import (
    ApplicationState,
    RefundApplication,
    RefundApplicationAnswer,
)
from billing.models.charges import Charge
from billing.models.chart import (
    MONEY,
    OF_CUSTOMERS,
    OF_TWO_PEOPLE,
    Kind,
    Ledger,
    LedgerAccount,
    LegRule,
)
from billing.models.invoices import Invoice
from billing.models.journals import Entry, Journal
from billing.models.periods import PeriodClose, PeriodCloseProposal, TaxRate
from billing.models.requests import (
    PostingApproval,
    PostingRejection,
    PostingRequest,
    RefundConsent,
    RefundPolicy,
    RefundPolicyApproval,
)
from billing.models.wallets import CreditLot, Wallet

__all__ = [
    "MONEY",
    "OF_CUSTOMERS",
    "OF_TWO_PEOPLE",
    "ApplicationState",
    "BalanceAlert",
    "Charge",
    "CreditLot",
    "Entry",
    "Invoice",
    "Journal",
    "Kind",
    "Ledger",
    "LedgerAccount",
    "LegRule",
    "MoneyDelivery",
    "MoneyMessage",
    "MoneyReading",
    "Occasion",
    "PeriodClose",
    "PeriodCloseProposal",
    "PostingApproval",
    "PostingRejection",
    "PostingRequest",
    "RefundApplication",
    "RefundApplicationAnswer",
    "RefundConsent",
    "RefundPolicy",
    "RefundPolicyApproval",
    "TaxRate",
    "Wallet",
]
