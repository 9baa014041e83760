"""Wake-ups that coalesce: however much work arrives, one message per kind is under way,
and one job of a lane at work (`common.turns`)."""

from collections.abc import Collection

from django.db import connection, models
from django.utils.translation import gettext_lazy as _


class Wakeup(models.Model):
    """Whether a wake-up of that kind has been published and not yet been answered."""

    # A message lost with its broker must not silence its kind for good.
    LOST_AFTER_SECONDS = 30
    # Names our advisory locks among those of the database; any number that stays.
    TURNS = 1_403

    kind = models.CharField(_("kind"), max_length=60, primary_key=True)
    published_at = models.DateTimeField(_("published at"), null=True)
    # Its message came while another process had the turn; that one answers for it at its end.
    asked = models.BooleanField(_("asked for meanwhile"), default=False, db_default=False)

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
        cls.objects.filter(kind=kind).update(published_at=None, asked=False)

    @classmethod
    def begin_turn(cls, kind: str, *, lane: str) -> bool:
        """Answers the wake-up and takes the lane's turn; False while another process has it.

        The turn is a lock of the session: it ends with `end_turn` or with the connection.
        """
        if not cls._lock(lane):
            # Said first and tried again after, so that either the other one reads this
            # at its end or its turn is over.
            cls._ask_again(kind)
            if not cls._lock(lane):
                return False
        cls.answer(kind)
        return True

    @classmethod
    def end_turn(cls, kinds: Collection[str], *, lane: str) -> list[str]:
        """Gives the turn back. Those of the lane's kinds whose message came meanwhile and was
        turned away: they are to be woken. Not those whose message is still to come, or there
        would be more messages with every turn."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [cls.TURNS, lane])
            cursor.execute(
                "UPDATE common_wakeup SET published_at = NULL, asked = false"
                " WHERE kind = ANY(%s) AND asked RETURNING kind",
                [sorted(kinds)],
            )
            return [row[0] for row in cursor.fetchall()]

    @classmethod
    def _ask_again(cls, kind: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO common_wakeup AS w (kind, published_at, asked)"
                " VALUES (%s, clock_timestamp(), true)"
                " ON CONFLICT (kind) DO UPDATE SET asked = true,"
                " published_at = coalesce(w.published_at, excluded.published_at)",
                [kind],
            )

    @classmethod
    def _lock(cls, lane: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [cls.TURNS, lane])
            row = cursor.fetchone()
        return bool(row and row[0])
