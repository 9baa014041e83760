"""Records that several people may have open at once."""

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from common.exceptions import EditedMeanwhile


class Editable(models.Model):
    """A record whose edits never overwrite each other silently.

    `edition` counts edits. Whoever saves first claims the edition they were shown,
    in one statement; so of two people saving at once exactly one succeeds and the
    other is told.
    """

    edition = models.PositiveIntegerField(_("edition"), default=1, editable=False)

    class Meta:
        abstract = True

    def claim_edition(self, read_edition: int) -> None:
        """Takes the next edition for this row, inside the caller's transaction.

        `read_edition` is the one the person was shown. Raises `EditedMeanwhile`
        when the row has moved on since.
        """
        rows = type(self)._base_manager.filter(pk=self.pk, edition=read_edition)
        if not rows.update(edition=F("edition") + 1):
            raise EditedMeanwhile(
                _(
                    "Somebody else saved this record after you opened it. "
                    "Nothing of yours was written; compare, then save again."
                )
            )
        self.edition = read_edition + 1
