"""Records that are written once and never again."""

from typing import Any, NoReturn, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.clock import Now
from common.exceptions import EvidenceIsFinal


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise EvidenceIsFinal(
        _("This record is evidence: it cannot be changed or deleted. Add a new one instead.")
    )


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Refuses in Python, with a sentence, what the database refuses anyway."""

    update = _refuse
    delete = _refuse
    bulk_update = _refuse
    update_or_create = _refuse


class AppendOnly(models.Model):
    """A record that stays as it was written.

    The migration that makes the concrete table also runs `common.sql.append_only`
    on it; `tests/architecture` fails for a table without it.
    """

    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = models.Manager.from_queryset(AppendOnlyQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse()

    @classmethod
    def record(cls, **fields: Any) -> Self:
        """Writes one record and reads back what the database filled in."""
        row = cls(**fields)
        row.save()
        return row
