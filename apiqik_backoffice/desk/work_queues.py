"""What the project itself adds to the side bar: where messages went, who did what."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apiqik_backoffice.desk import outbox
from common.work_queues import Section, WorkQueue, work_queues


def register() -> None:
    """Called once, when the apps are ready."""
    if outbox.is_in_use():
        work_queues.register(
            WorkQueue(
                name="outbox",
                section=Section.SYSTEM,
                label=_("Outbox"),
                url=lambda: reverse("admin:outbox"),
                permission="accounts.read_outbox",
            )
        )
    work_queues.register(
        WorkQueue(
            name="staff_log",
            section=Section.SYSTEM,
            label=_("What staff did"),
            url=lambda: reverse("admin:admin_logentry_changelist"),
            permission="admin.view_logentry",
        )
    )
    work_queues.register(
        WorkQueue(
            name="seals",
            section=Section.SYSTEM,
            label=_("Seals of evidence"),
            url=lambda: reverse("admin:common_sealblock_changelist"),
            permission="common.view_sealblock",
        )
    )
