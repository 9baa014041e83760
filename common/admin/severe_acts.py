"""Steps before acts that hurt: see what will happen, give the reason, prove who you are.

An admin lists its acts in `severe_acts`. Each becomes a button on the record's page
(or over the list), and, where `on_selection` says so, an action on selected rows. The
page shows a preview per record and asks for the reason; the act then calls one verb
per record, each in a transaction of its own, and reports on each. Records that belong
together may be acted on together (`SevereAct.together`); where that is refused, each is
tried alone, so that one of hundreds that cannot be helped does not undo the others.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.sessions import proved_recently
from common.conflicts import told_in_words
from common.exceptions import BackOfficeError

if TYPE_CHECKING:
    from common.admin.base import DeskAdmin

# The address of the page names every record, and a request line has its limits: longer
# selections wait in the session, the newest few of them.
MOST_IN_ADDRESS = 100
MOST_RECORDS = 500
SELECTIONS_KEPT = 5


class ReasonForm(forms.Form):
    """What every severe act asks for. Extend it with a clause, a date, an amount."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        min_length=5,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Kept for good, with your name. Auditors read it."),
    )


@dataclass(frozen=True)
class Outcome:
    """What an act came to. A `secret` is shown on the next page and never again.

    `made` is what an act on no record made: the reason is logged with it. `url` is where
    to go on, the record's page otherwise.
    """

    sentence: str
    secret: str = ""
    made: models.Model | None = None
    url: str = ""


@dataclass(frozen=True)
class Detail:
    """More about what would happen to one record: safe HTML, shown below its line.

    `pinned` is what of it must not have changed when it is confirmed; what moves on by
    itself, such as a balance, is left out of it.
    """

    html: SafeString
    pinned: str


@dataclass(frozen=True)
class Preview:
    """What would happen to one record, or the sentence that says why nothing can."""

    record: str
    effect: str
    url: str = ""
    version: str = ""
    detail: Detail | None = None
    refusal: str = ""


# A record, what the act on it came to, or else why it was refused.
Report = tuple[Any, Outcome | None, str]


class SevereAct:
    """One act. Subclass it, set the names, say what happens and call the verb."""

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    """On the button, with an ellipsis: a step follows."""
    heading: ClassVar[str | Promise]
    explanation: ClassVar[str | Promise] = ""
    confirm: ClassVar[str | Promise] = gettext_lazy("Do it")
    permission: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = ReasonForm

    on_record: ClassVar[bool] = True
    """False: on no record in particular, such as an invitation; offered over the list."""
    on_selection: ClassVar[bool] = False
    dangerous: ClassVar[bool] = True
    """Whether it is set apart in red."""
    needs_fresh_proof: ClassVar[bool] = True
    pins_preview: ClassVar[bool] = True
    """Whether nothing of the preview may have changed when it is confirmed; else only the
    records and their `version`."""
    previews_answers: ClassVar[bool] = False
    """Whether `detail` depends on the answers: they are shown with it before they count, and
    do not while it refuses them."""

    def allowed_to(self, user: Any) -> bool:
        return bool(user.has_perm(self.permission))

    def offered(self, record: Any) -> bool:
        """Whether the button makes sense on this record."""
        return True

    def make_form(self, request: HttpRequest, records: Sequence[Any]) -> forms.Form:
        """The form, bound on POST. Override it to fill choices from the records."""
        if request.method != "POST":
            return self.form_class()
        return self.form_class(request.POST, request.FILES)

    def preview(self, record: Any) -> str:
        """What will happen to `record`, in one or two sentences."""
        return ""

    def version(self, record: Any) -> str:
        """What else must not have changed between preview and act, such as an edition."""
        return ""

    def detail(self, record: Any, *, actor: Any, form: forms.Form) -> Detail | None:
        """More than `preview` says, such as a table. `form` is bound once it was sent.

        Raises `BackOfficeError` for a refusal, which takes its place.
        """
        return None

    def prepare(self, records: Sequence[Any]) -> None:
        """Looks up at once what the previews of all of these need."""

    def together(self, record: Any) -> Any:
        """What records must have in common to be acted on together; None: each alone."""
        return None

    def perform_together(
        self, records: Sequence[Any], *, actor: Any, answers: dict[str, Any]
    ) -> list[Outcome]:
        """As `perform`, for records that belong together; an outcome for each."""
        return [self.perform(record, actor=actor, answers=answers) for record in records]

    def perform(self, record: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        """Calls the verb. `answers` are the form's; `record` is None if on none.

        Raises `BackOfficeError` for a refusal, which is reported beside the record.
        """
        raise NotImplementedError

    def logged(self, answers: dict[str, Any]) -> str:
        """What the log says of it, once it was done with these answers."""
        return f"{self.heading}: {answers.get('reason', '')}"


def act_url(model_admin: "DeskAdmin", act: SevereAct, pks: Sequence[Any]) -> str:
    """The address of the act's page for those records."""
    opts = model_admin.opts
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_{act.name}")
    return f"{address}?{urlencode({'pks': ','.join(map(str, pks))})}" if pks else address


def start_on_selection(act: SevereAct) -> Callable[..., HttpResponse | None]:
    """An admin action that leads to the act's page for the selected rows."""

    def start(
        model_admin: "DeskAdmin", request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> HttpResponse | None:
        pks = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_RECORDS + 1])
        if len(pks) > MOST_RECORDS:
            messages.error(
                request,
                _("Select at most %(most)d records at once.") % {"most": MOST_RECORDS},
            )
            return None
        if len(pks) > MOST_IN_ADDRESS:
            address = act_url(model_admin, act, [])
            return HttpResponseRedirect(f"{address}?{urlencode({'kept': _keep(request, pks)})}")
        return HttpResponseRedirect(act_url(model_admin, act, pks))

    return start


def _keep(request: HttpRequest, pks: Sequence[Any]) -> str:
    """Keeps a selection in the session; the name it can be taken from there by."""
    written = ",".join(map(str, pks))
    name = hashlib.sha256(written.encode()).hexdigest()[:16]
    kept = {key: old for key, old in request.session.get("selected", {}).items() if key != name}
    newest = [*kept.items(), (name, written)][-SELECTIONS_KEPT:]
    request.session["selected"] = dict(newest)
    return name


def run_act(request: HttpRequest, *, model_admin: "DeskAdmin", act: SevereAct) -> HttpResponse:
    """The page of an act: preview and reason, then the report."""
    if not act.allowed_to(request.user):
        raise PermissionDenied
    if act.needs_fresh_proof and not proved_recently(request):
        return prove_first(request)
    records: list[Any] = _named_records(request, model_admin) if act.on_record else [None]
    if not records:
        messages.error(request, _("None of these records can be found."))
        return HttpResponseRedirect(_list_url(model_admin))
    form = act.make_form(request, records)
    act.prepare(records)
    previews = [
        _preview(model_admin, act, record, actor=request.user, form=form) for record in records
    ]
    seen = _digest(previews, pinned=act.pins_preview)
    changed = request.method == "POST" and request.POST.get("seen") != seen
    refused = [one.refusal for one in previews if one.refusal] if act.previews_answers else []
    if request.method == "POST" and not changed and not refused and form.is_valid():
        return _perform_all(request, model_admin, act, records, form.cleaned_data)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": act.heading,
        "opts": model_admin.opts,
        "act": act,
        "form": form,
        "previews": previews if act.on_record else [],
        "seen": seen,
        "changed": changed,
        "refused": refused if request.method == "POST" else [],
        "back": _back_url(model_admin, records),
    }
    return TemplateResponse(request, "desk/severe_act.html", context)


def prove_first(request: HttpRequest) -> HttpResponse:
    """Leads to the page that asks for a second factor, and back to this one."""
    messages.info(request, _("Confirm that it is you: this act needs a recent proof."))
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{query}")


def _named_records(request: HttpRequest, model_admin: "DeskAdmin") -> list[Any]:
    kept = request.session.get("selected", {}).get(request.GET.get("kept", ""), "")
    pks = [pk for pk in request.GET.get("pks", kept).split(",") if pk][:MOST_RECORDS]
    try:
        records = model_admin.records_named(request, pks)
    except (ValueError, ValidationError):
        return []
    if not all(model_admin.has_view_permission(request, record) for record in records):
        raise PermissionDenied
    return records


def _preview(
    model_admin: "DeskAdmin", act: SevereAct, record: Any, *, actor: Any, form: forms.Form
) -> Preview:
    if record is None:
        return Preview(record="", effect="")
    detail, refused = None, ""
    try:
        effect = act.preview(record)
        detail = act.detail(record, actor=actor, form=form)
    except BackOfficeError as refusal:
        effect = refused = str(refusal)
    return Preview(
        record=str(record),
        effect=effect,
        url=_record_url(model_admin, record),
        version=act.version(record),
        detail=detail,
        refusal=refused,
    )


def _digest(previews: Sequence[Preview], *, pinned: bool) -> str:
    """Stands for what the person was shown, so that nobody confirms anything else."""
    shown = "\n".join(
        f"{one.record}\t{one.effect if pinned else ''}\t{one.version}"
        f"\t{one.detail.pinned if one.detail else ''}"
        for one in previews
    )
    return hashlib.sha256(shown.encode()).hexdigest()


def _perform_all(
    request: HttpRequest,
    model_admin: "DeskAdmin",
    act: SevereAct,
    records: Sequence[Any],
    answers: dict[str, Any],
) -> HttpResponse:
    reports = [
        report
        for group in _groups(act, records)
        for report in _perform_group(request, model_admin, act, group, answers)
    ]
    done = [outcome for _record, outcome, _error in reports if outcome]
    onward = next((outcome.url for outcome in done if outcome.url), "")
    if len(reports) > 1 or any(outcome.secret for outcome in done):
        context = {
            **model_admin.admin_site.each_context(request),
            "title": act.heading,
            "opts": model_admin.opts,
            "reports": reports,
            "done_count": len(done),
            "back": onward or _list_url(model_admin),
        }
        return TemplateResponse(request, "desk/severe_act_report.html", context)
    for _record, outcome, error in reports:
        if outcome:
            messages.success(request, outcome.sentence)
        else:
            messages.error(request, error)
    return HttpResponseRedirect(onward or _back_url(model_admin, records))


def _groups(act: SevereAct, records: Sequence[Any]) -> list[list[Any]]:
    """The records that are acted on together, in their order."""
    groups: dict[Any, list[Any]] = {}
    for record in records:
        key = act.together(record) if record is not None else None
        groups.setdefault((key,) if key is not None else (None, len(groups)), []).append(record)
    return list(groups.values())


def _perform_group(
    request: HttpRequest,
    model_admin: "DeskAdmin",
    act: SevereAct,
    group: Sequence[Any],
    answers: dict[str, Any],
) -> list[Report]:
    """All of the group in one transaction; if that is refused, each alone."""
    if len(group) > 1:
        try:
            with told_in_words(), transaction.atomic():
                outcomes = act.perform_together(group, actor=request.user, answers=answers)
                for record in group:
                    model_admin.log_act(request, record, act.logged(answers))
        except BackOfficeError:
            pass
        else:
            return [(record, outcome, "") for record, outcome in zip(group, outcomes, strict=True)]
    return [_perform(request, model_admin, act, record, answers) for record in group]


def _perform(
    request: HttpRequest,
    model_admin: "DeskAdmin",
    act: SevereAct,
    record: Any,
    answers: dict[str, Any],
) -> Report:
    try:
        with told_in_words(), transaction.atomic():
            outcome = act.perform(record, actor=request.user, answers=answers)
            concerned = record if record is not None else outcome.made
            if concerned is not None:
                model_admin.log_act(request, concerned, act.logged(answers))
    except BackOfficeError as refusal:
        return record, None, str(refusal)
    return record, outcome, ""


def _list_url(model_admin: "DeskAdmin") -> str:
    opts = model_admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


def _record_url(model_admin: "DeskAdmin", record: models.Model) -> str:
    opts = model_admin.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def _back_url(model_admin: "DeskAdmin", records: Sequence[Any]) -> str:
    if len(records) == 1 and records[0] is not None:
        return _record_url(model_admin, records[0])
    return _list_url(model_admin)
