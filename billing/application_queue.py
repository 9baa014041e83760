"""The queue of refund applications in the side bar."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import RefundApplication
from common.work_queues import Section, WorkQueue, work_queues

QUEUE = WorkQueue(
    name="refund_applications",
    section=Section.MY_WORK,
    label=_("Refund applications"),
    url=lambda: reverse("admin:billing_refundapplication_changelist") + "?standing=waiting",
    count=lambda user, at: RefundApplication.objects.waiting(),
    permission="billing.request_postingrequest",
    hot=True,
)


def register() -> None:
    """Called once, when the app is ready."""
    work_queues.register(QUEUE)
