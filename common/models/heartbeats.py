"""Signs of life of the processes that work in the background."""

from datetime import timedelta

from django.db import connection, models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When a process of that name was last seen: `worker` or `beat`.

    Real time, not the clock of business: a shifted demo clock must not make a
    dead worker look alive.
    """

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    beat_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name

    @classmethod
    def stamp(cls, name: str) -> None:
        """Records that the process `name` is alive now."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO common_heartbeat (name, beat_at) VALUES (%s, clock_timestamp())"
                " ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at",
                [name],
            )

    @classmethod
    def age(cls, name: str) -> timedelta | None:
        """How long ago the process was last seen, or None if it never was."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT clock_timestamp() - beat_at FROM common_heartbeat WHERE name = %s",
                [name],
            )
            row = cursor.fetchone()
        return row[0] if row else None
