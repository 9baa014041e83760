"""Final records that are sealed: each knows the transaction that wrote it."""

from django.utils.translation import gettext_lazy as _

from common.models.append_only import AppendOnly
from common.models.transaction_ids import TransactionIdField


class Sealed(AppendOnly):
    """A final record that goes into a block (docs/seals.md).

    Its migration runs `common.sql.sealed_rows` and `common.sql.index_to_seal` on the table,
    its app registers it; `tests/architecture/test_seals.py` fails for one without.
    """

    transaction = TransactionIdField(_("transaction"))

    class Meta:
        abstract = True
