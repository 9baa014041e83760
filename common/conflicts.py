"""Two people at one record in the same moment: the loser is told, in a sentence.

Rules check before they write, and the database checks once more. Between the two somebody
else may have been faster; then the database's refusal is all there is.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, IntegrityError
from django.utils.translation import gettext as _

from common.exceptions import HappenedMeanwhile

log = structlog.get_logger(__name__)

# Deadlock, lock not available, serialization failure: PostgreSQL, appendix A.
LOST_RACES = {"40P01", "55P03", "40001"}


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turns a refusal of the database into `HappenedMeanwhile`.

    Stands outside the transaction, which has to be rolled back first. A database that is
    away, or a statement that is wrong, is no lost race and passes.
    """
    try:
        yield
    except DatabaseError as error:
        code = getattr(error.__cause__, "sqlstate", None)
        if not isinstance(error, IntegrityError) and code not in LOST_RACES:
            raise
        # Without the error's text: it quotes the row.
        log.warning("refused_by_database", sqlstate=code)
        raise HappenedMeanwhile(
            _(
                "Somebody else did something to this record in the same moment. "
                "Nothing of yours was written; reload the page and look again."
            )
        ) from error
