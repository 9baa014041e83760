"""What money is written down as.

A `Journal` is one event of money, with two or more `Entry`s on accounts of the chart
(`LedgerAccount`, `LegRule`) that add up to zero. Customers' entries move their `Wallet`
and the `CreditLot`s it consists of. A `Charge` is a rated line of usage.

Corrections, refunds, write-offs and granted credit need a `PostingRequest` and somebody
else's `PostingApproval`; a refund moreover a `RefundConsent` or a `RefundPolicy`. Until a
request is decided on there is an `OpenRequest` of it. How far below nothing a wallet may go
is set by a `FloorChange` and somebody else's `FloorChangeApproval`.
A `RefundPayout` says that one was paid out. A customer asks for fees back by a
`RefundApplication`; a `RefundApplicationAnswer` prepares the refund or declines it.
An `Invoice` is what has been invoiced of an account's fees. Nothing is posted before the
latest `PeriodClose`. A `TaxRate` holds from a moment on. `AccountTotal`s are sums of
entries, as far as the `RollUp` says.

A `BalanceAlert` says below what balance people are told. What they are told of, by letters,
is an `Occasion`.

Money comes in by bank, as `BankReceipt`s booked from a `BankStatement` that was read by a
`BankMapping`, or online, as `PaymentOrder`s that follow `PaymentEvent`s; what cannot be
credited as it is becomes a `QuarantinedPayment`. A `Match`, approved by another, or a
`MoneyReturn` ends in one `Settlement`. `ReconciliationItem`s are differences with providers.
"""

from billing.models.alerts import BalanceAlert, Occasion
from billing.models.applications import (
    ApplicationState,
    RefundApplication,
    RefundApplicationAnswer,
)
from billing.models.bank import BankImport, BankMapping, BankReceipt, BankStatement
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
from billing.models.floors import FloorChange, FloorChangeApproval, FloorChangeRejection
from billing.models.invoices import Invoice
from billing.models.journals import Entry, Journal
from billing.models.matches import (
    Match,
    MatchApproval,
    MatchRejection,
    MoneyReturn,
    Settlement,
    Unsettled,
)
from billing.models.payments import (
    PaymentEvent,
    PaymentEventOutcome,
    PaymentOrder,
    QuarantinedPayment,
    ReconciliationClosing,
    ReconciliationItem,
    ReconciliationRun,
)
from billing.models.periods import PeriodClose, PeriodCloseProposal, TaxRate
from billing.models.requests import (
    OpenRequest,
    PostingApproval,
    PostingRejection,
    PostingRequest,
    RefundConsent,
    RefundPayout,
    RefundPolicy,
    RefundPolicyApproval,
)
from billing.models.totals import AccountTotal, RollUp, UsageRollUp, UsageTotal
from billing.models.wallets import CreditLot, Wallet

__all__ = [
    "MONEY",
    "OF_CUSTOMERS",
    "OF_TWO_PEOPLE",
    "AccountTotal",
    "ApplicationState",
    "BalanceAlert",
    "BankImport",
    "BankMapping",
    "BankReceipt",
    "BankStatement",
    "Charge",
    "CreditLot",
    "Entry",
    "FloorChange",
    "FloorChangeApproval",
    "FloorChangeRejection",
    "Invoice",
    "Journal",
    "Kind",
    "Ledger",
    "LedgerAccount",
    "LegRule",
    "Match",
    "MatchApproval",
    "MatchRejection",
    "MoneyReturn",
    "Occasion",
    "OpenRequest",
    "PaymentEvent",
    "PaymentEventOutcome",
    "PaymentOrder",
    "PeriodClose",
    "PeriodCloseProposal",
    "PostingApproval",
    "PostingRejection",
    "PostingRequest",
    "QuarantinedPayment",
    "ReconciliationClosing",
    "ReconciliationItem",
    "ReconciliationRun",
    "RefundApplication",
    "RefundApplicationAnswer",
    "RefundConsent",
    "RefundPayout",
    "RefundPolicy",
    "RefundPolicyApproval",
    "RollUp",
    "Settlement",
    "TaxRate",
    "Unsettled",
    "UsageRollUp",
    "UsageTotal",
    "Wallet",
]
