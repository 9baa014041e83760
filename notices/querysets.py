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
        """With `over`, whether its term has run out by now."""
        found: ServiceChangeQuerySet = self.annotate(over=Q(ends_at__lte=Now()))
        return found

    def under_way(self) -> "ServiceChangeQuerySet":
        return self.filter(state__in=self.model.UNDER_WAY)

    def due(self, at: datetime) -> "ServiceChangeQuerySet":
        """Approved changes whose planned moment has come, until their term has run out
        and nothing of them is left to close; not those whose gates are known to be closed
        for a while."""
        state = self.model.State
        planned = Q(effective_at__lte=at) & (Q(postponed_until=None) | Q(postponed_until__lte=at))
        lasting = Q(ends_at=None) | Q(ends_at__gt=at) | Q(state=state.TAKING_EFFECT)
        known = Q(look_at=None) | Q(look_at__lte=at)
        return self.under_way().filter(planned | Q(at_once=True), lasting, known)


class ExpansionQuerySet(AppendOnlyQuerySet):
    # In which states of its change an expansion is worked on; in others it is left as it is.
    WRITTEN_IN = {
        "announced": ("announcing", "announced", "taking_effect"),
        "postponed": ("announcing", "announced", "taking_effect"),
        "in_effect": ("taking_effect", "complete"),
        "lifted": ("taking_effect", "complete", "lifted"),
        "withdrawn": (
            "announcing",
            "announced",
            "taking_effect",
            "complete",
            "lifted",
            "withdrawn",
        ),
    }

    def open(self) -> "ExpansionQuerySet":
        """Not everybody has their message yet, and they should."""
        fitting = Q()
        for phase, states in self.WRITTEN_IN.items():
            fitting |= Q(phase=phase, change__state__in=states)
        return self.filter(fitting, completion=None)


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
        """Failed, given up, or not known to have arrived: somebody should look."""
        return self.filter(state__in=self.model.UNDELIVERED)

    def cancellable(self) -> "DeliveryQuerySet":
        """Of an announcement, and not yet on its way."""
        return self.filter(
            state__in=[self.model.State.PENDING, self.model.State.RETRYING],
            expansion__phase__in=["announced", "postponed"],
        )

    def of_change(self, change: Any) -> "DeliveryQuerySet":
        return self.filter(expansion__change=change)
