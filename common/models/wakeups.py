"""Wake-ups that coalesce: however much work arrives, one message per kind is under way."""

from django.db import connection, models
from django.utils.translation import gettext_lazy as _


class Wakeup(models.Model):
    """Whether a wake-up of that kind has been published and not yet been answered."""

    # A message lost with its broker must not silence its kind for good.
    LOST_AFTER_SECONDS = 30

    kind = models.CharField(_("kind"), max_length=60, primary_key=True)
    published_at = models.DateTimeField(_("published at"), null=True)

    class Meta:
        verbose_name = _("wake-up")
        verbose_name_plural = _("wake-ups")

    def __str__(self) -> str:
        return self.kind

    @classmethod
    def claim(cls, kind: str) -> bool:
        """Whether the caller should publish: no other message of `kind` is outstanding."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO common_wakeup AS w (kind, published_at)"
                " VALUES (%s, clock_timestamp())"
                " ON CONFLICT (kind) DO UPDATE SET published_at = excluded.published_at"
                " WHERE w.published_at IS NULL"
                " OR w.published_at < clock_timestamp() - make_interval(secs => %s)"
                " RETURNING 1",
                [kind, cls.LOST_AFTER_SECONDS],
            )
            return cursor.fetchone() is not None

    @classmethod
    def answer(cls, kind: str) -> None:
        """Called by the worker before it looks for work, so that work arriving
        meanwhile publishes anew and is never missed."""
        cls.objects.filter(kind=kind).update(published_at=None)
