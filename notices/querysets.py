"""Questions about changes, notices and deliveries."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from common.clock import Now
from common.models import AppendOnlyQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

    from accounts.models import User


class ServiceChangeQuerySet(models.QuerySet[Any]):
    def to_approve_by(self, user: "AbstractBaseUser") -> "ServiceChangeQuerySet":
        """Proposed, and not by this person: the two are never the same."""
        own = self.model.objects.proposed_by(user).values("pk")
        found: ServiceChangeQuerySet = self.filter(state=self.model.State.PROPOSED).exclude(
            pk__in=own
        )
        return found

    def proposed_by(self, user: "AbstractBaseUser") -> "ServiceChangeQuerySet":
        """Changes whose newest proposal is this person's."""
        newest = models.Subquery(
            self.model.proposals.rel.related_model.objects.filter(change=models.OuterRef("pk"))
            .order_by("-pk")
            .values("proposed_by")[:1]
        )
        found: ServiceChangeQuerySet = self.annotate(newest_proposer=newest).filter(
            newest_proposer=user.pk
        )
        return found

    def oldest_wait(self, at: datetime) -> timedelta | None:
        """How long the longest-waiting of these changes has been proposed."""
        since = self.aggregate(since=models.Min("proposals__recorded_at"))["since"]
        return at - since if since else None

    def for_the_desk(self) -> "ServiceChangeQuerySet":
        """With `number_concerned`, how many accounts each change is for, and `over`, whether
        its term has run out by now."""
        found: ServiceChangeQuerySet = self.annotate(
            number_concerned=models.Count("concerned"), over=Q(ends_at__lte=Now())
        )
        return found

    def under_way(self) -> "ServiceChangeQuerySet":
        return self.filter(state__in=self.model.UNDER_WAY)

    def to_announce(self) -> "ServiceChangeQuerySet":
        """Approved, and people have not been told yet."""
        return self.filter(state=self.model.State.APPROVED)

    def due(self, at: datetime) -> "ServiceChangeQuerySet":
        """Approved changes whose planned moment has come, until their term has run out
        and nothing of them is left to close."""
        begun = Q(effective_at__lte=at) | Q(at_once=True)
        lasting = Q(ends_at=None) | Q(ends_at__gt=at) | Q(state=self.model.State.TAKING_EFFECT)
        return self.under_way().filter(begun, lasting)


class NoticeQuerySet(AppendOnlyQuerySet):
    def of(self, user: "User") -> "NoticeQuerySet":
        """This person's inbox, newest first."""
        return self.filter(recipient=user).order_by("-recorded_at")

    def unread(self) -> "NoticeQuerySet":
        return self.filter(reading=None)


class DeliveryQuerySet(models.QuerySet[Any]):
    def open(self) -> "DeliveryQuerySet":
        """Not settled yet."""
        return self.filter(state__in=self.model.OPEN)

    def due(self, at: datetime) -> "DeliveryQuerySet":
        """Ready to be sent: waiting, or to be retried now."""
        return self.filter(
            state__in=[self.model.State.PENDING, self.model.State.RETRYING],
            not_before__lte=at,
        )

    def abandoned(self, at: datetime) -> "DeliveryQuerySet":
        """Claimed by a worker whose lease has run out."""
        return self.filter(state=self.model.State.SENDING, lease_until__lt=at)

    def undelivered(self) -> "DeliveryQuerySet":
        """Failed for good, or not known to have arrived: somebody should look."""
        return self.filter(state__in=[self.model.State.FAILED, self.model.State.UNKNOWN])

    def of_change(self, change: Any) -> "DeliveryQuerySet":
        return self.filter(notice__expansion__change=change)
