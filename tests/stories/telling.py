"""What the stories of changes share: jobs as beat wakes them, and the contents that
each kind of change needs."""

from accounts.models import AgreementText, AgreementVersion, Publication
from notices import tasks
from notices.models import Notice, ServiceChange
from tests.accounts.making import make_clause, make_service
from tests.notices.making import approve, make_officer, make_supervisor, plan, propose


def work():
    """Wakes every job once, as beat does: audiences first, messages last."""
    tasks.catch_up()
    tasks.announce()
    tasks.take_effect()
    tasks.announce()
    tasks.send_email()
    tasks.send_sms()
    tasks.reckon()


def fresh(change):
    return ServiceChange.objects.get(pk=change.pk)


def decided(*accounts, **contents):
    """A change that one person proposed and another approved; nobody has been told yet."""
    change = plan(*accounts, **contents)
    propose(change, by=make_officer())
    approve(change, by=make_supervisor())
    return fresh(change)


def make_version(number, *, published=False):
    """Version `number` of the terms, with a text in each language."""
    version = make_clause("14.3", version=number).version
    for language in ("zh-hans", "en"):
        AgreementText.objects.get_or_create(
            version=version,
            language=language,
            defaults={"source": f"v{number}", "sha256": f"{number:064}"},
        )
    if published:
        Publication.record(version=version)
    return AgreementVersion.objects.get(pk=version.pk)


def contents_of(kind):
    """What a change of that kind has to say besides its reason."""
    if kind == "usage_limit":
        return {"kind": kind, "limits": {"requests_per_minute": 60}}
    if kind == "permanent_disabling":
        return {"kind": kind, "service": None}
    if kind == "amendment":
        make_version(1, published=True)
        return {"kind": kind, "service": None, "agreement_version": make_version(2)}
    return {"kind": kind, "service": make_service()}


def told(person, phase):
    """The subjects of a person's inbox messages of one phase, oldest first."""
    notices = Notice.objects.filter(recipient=person, expansion__phase=phase).order_by("pk")
    return [notice.body.subject for notice in notices.select_related("body")]
