"""The queues of notices in the side bar."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.work_queues import Section, WorkQueue, work_queues
from notices.models import Delivery, KillSwitch, ProviderTemplate, ServiceChange
from notices.standings import at_risk, empty_audiences


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:notices_{model}_changelist") + query


QUEUES = (
    WorkQueue(
        name="changes_to_approve",
        section=Section.MY_WORK,
        label=_("Changes to approve"),
        url=lambda: _list("servicechange", "?state__exact=proposed"),
        count=lambda user, at: ServiceChange.objects.to_approve_by(user),
        permission="notices.approve_servicechange",
        hot=True,
    ),
    WorkQueue(
        name="service_changes",
        section=Section.NOTICES,
        label=_("Service changes"),
        url=lambda: _list("servicechange"),
        count=lambda user, at: ServiceChange.objects.under_way(),
        permission="notices.view_servicechange",
    ),
    WorkQueue(
        name="gates_at_risk",
        section=Section.MY_WORK,
        label=_("Gates at risk"),
        url=lambda: _list("gateatrisk"),
        count=lambda user, at: at_risk(),
        permission="notices.act_on_gateatrisk",
        hot=True,
    ),
    WorkQueue(
        name="empty_audiences",
        section=Section.NOTICES,
        label=_("Empty audiences"),
        url=lambda: _list("servicechange", "?told=nobody"),
        count=lambda user, at: empty_audiences(),
        permission="notices.view_servicechange",
        hot=True,
    ),
    WorkQueue(
        name="undelivered",
        section=Section.NOTICES,
        label=_("Undelivered"),
        url=lambda: _list("delivery", f"?state__in={','.join(Delivery.UNDELIVERED)}"),
        count=lambda user, at: Delivery.objects.undelivered(),
        permission="notices.view_delivery",
    ),
    WorkQueue(
        name="sending",
        section=Section.NOTICES,
        label=_("How sending is doing"),
        url=lambda: reverse("admin:notices_delivery_health"),
        permission="notices.view_delivery",
    ),
    WorkQueue(
        name="notices",
        section=Section.NOTICES,
        label=_("Notices sent"),
        url=lambda: _list("notice"),
        permission="notices.view_notice",
    ),
    WorkQueue(
        name="letters",
        section=Section.NOTICES,
        label=_("Letters sent"),
        url=lambda: _list("letter"),
        permission="notices.view_letter",
    ),
    WorkQueue(
        name="announcements",
        section=Section.NOTICES,
        label=_("Announcements"),
        url=lambda: _list("announcement"),
        permission="notices.view_announcement",
    ),
    WorkQueue(
        name="certificates",
        section=Section.NOTICES,
        label=_("Certificates issued"),
        url=lambda: _list("certificateissue"),
        permission="notices.issue_certificate",
    ),
    WorkQueue(
        name="templates",
        section=Section.NOTICES,
        label=_("Templates"),
        url=lambda: _list("template"),
        permission="notices.view_template",
    ),
    WorkQueue(
        name="lead_policies",
        section=Section.NOTICES,
        label=_("Lead times"),
        url=lambda: _list("leadpolicy"),
        permission="notices.view_leadpolicy",
    ),
    WorkQueue(
        name="kill_switches",
        section=Section.NOTICES,
        label=_("Kill switches"),
        url=lambda: _list("killswitch"),
        count=lambda user, at: KillSwitch.objects.on(),
        permission="notices.view_killswitch",
        hot=True,
    ),
    WorkQueue(
        name="suppressions",
        section=Section.NOTICES,
        label=_("Suppressed addresses"),
        url=lambda: _list("suppression", "?state=standing"),
        permission="notices.view_suppression",
    ),
    WorkQueue(
        name="providers",
        section=Section.NOTICES,
        label=_("Providers"),
        url=lambda: _list("providerhealth"),
        permission="notices.view_providerhealth",
    ),
    WorkQueue(
        name="provider_templates",
        section=Section.NOTICES,
        label=_("Texts at providers"),
        url=lambda: _list("providertemplate"),
        count=lambda user, at: ProviderTemplate.objects.exclude(
            state=ProviderTemplate.State.APPROVED
        ),
        permission="notices.view_providertemplate",
    ),
)


def register() -> None:
    """Called once, when the apps are ready."""
    for queue in QUEUES:
        work_queues.register(queue)
