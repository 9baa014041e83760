"""Money: the fee ledger, payments, refunds, statements (clauses 6 and 12)."""
