"""Policies in the admin: all at a glance, the page of one, its next version."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import agreements
from accounts.consent import current_terms
from accounts.models import User
from common.admin import EvidenceAdmin, Headline, Outcome, SevereAct
from common.differences import difference
from common.exceptions import BackOfficeError
from common.languages import listed
from compliance import policies
from compliance.admin.policy_forms import BindingForm, WordingForm
from compliance.admin_tones import SEVERITY_TONES
from compliance.exceptions import Stale
from compliance.models import Action, Case, Decision, Policy, PolicyBinding, PolicyVersion, Severity

MOST_SHOWN = 50
# Headings of the list: the policies whose clause begins like this, the longest that fits.
GROUPS = (
    ("1", gettext_lazy("Accounts")),
    ("2.2", gettext_lazy("Restrictions of the service")),
    ("2.2.5", gettext_lazy("Purposes and content that are not allowed")),
    ("3", gettext_lazy("Interaction data")),
    ("4", gettext_lazy("Intellectual property and output")),
    ("5", gettext_lazy("Confidentiality")),
)


class Bind(SevereAct):
    name = "bind"
    label = gettext_lazy("Bind to a clause…")
    heading = gettext_lazy("Bind a policy to a clause")
    explanation = gettext_lazy(
        "From here on decisions on this policy cite that clause where its version of the terms "
        "is in force. Those made before keep what they cited."
    )
    confirm = gettext_lazy("Bind it")
    permission = "compliance.add_policybinding"
    form_class = BindingForm
    dangerous = False
    needs_fresh_proof = False

    def preview(self, policy: Any) -> str:
        clause = policies.latest_clause(policy)
        return (
            _("In the newest terms it stands on clause %s.") % clause.number
            if clause
            else _("In the newest terms it stands on no clause that can be cited.")
        )

    def perform(self, policy: Any, *, actor: Any, answers: dict[str, Any]) -> Outcome:
        bound = policies.bind_by_hand(policy=policy, clause=answers["clause"], by=actor)
        return Outcome(_("The policy stands on %s now.") % bound.clause)


@admin.register(Policy)
class PolicyAdmin(EvidenceAdmin):
    """Nothing is edited: the next version is written, the next binding made."""

    change_form_template = "admin/compliance/policy/change_form.html"
    fields = ()
    severe_acts = (Bind(),)

    class Media:
        css = {"all": ["notices/changes.css", "notices/texts.css"]}

    # -- all of them ---------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every policy under the heading of its clause; `q` looks in both languages."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = " ".join(request.GET.get("q", "").casefold().split())
        rows = [row for row in _rows() if wanted in row["searched"]]
        context = {
            **self.admin_site.each_context(request),
            "title": self.opts.verbose_name_plural,
            "opts": self.opts,
            "media": self.media,
            "wanted": request.GET.get("q", ""),
            "groups": list(_grouped(rows)),
            "terms": current_terms(),
            "unbound": [row["policy"] for row in rows if row["standing"] == "none"],
        }
        return TemplateResponse(request, "admin/compliance/policy/all_policies.html", context)

    # -- one of them ---------------------------------------------------------------

    def headline(self, policy: Policy) -> Headline:
        version = policy.current
        assert version is not None  # each is written with its first
        pills = [(version.get_severity_display(), SEVERITY_TONES[Severity(version.severity)])]
        if policy.supervisors_only:
            pills.append((_("supervisors only"), "warn"))
        if version.tell_authority:
            pills.append((_("an authority has to be told"), "warn"))
        return Headline(pills=pills, facts=[_("version %d") % version.number])

    def acts_on(self, request: HttpRequest, obj: Any) -> list[Any]:
        acts = super().acts_on(request, obj)
        user = request.user
        assert isinstance(user, User)  # the site lets in nobody else
        if obj is not None and not policies.may_write(user, obj, Bind.permission):
            return [(act, url) for act, url in acts if not isinstance(act, Bind)]
        return acts

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        assert isinstance(request.user, User)
        if obj is not None:
            context.update(
                current=obj.current,
                actions=_actions(obj.current),
                versions=_versions(obj),
                bindings=_bindings(obj),
                decided=_decided(obj),
                cases=_cases(obj, request.user),
                may_write=policies.may_write(request.user, obj, "compliance.add_policyversion"),
                next_url=reverse("admin:compliance_policy_next", args=[obj.pk]),
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    # -- the next version ----------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        following = path(
            "<path:object_id>/next/",
            self.admin_site.admin_view(self.next_view),
            name="compliance_policy_next",
        )
        return [following, *super().get_urls()]

    def next_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write, see what is different, save. Nothing typed is lost, whoever was faster."""
        policy = self.get_object(request, unquote(object_id))
        if policy is None:
            raise Http404
        assert isinstance(request.user, User)
        if not policies.may_write(request.user, policy, "compliance.add_policyversion"):
            raise PermissionDenied
        current = policy.current
        if request.method != "POST":
            return self._writing_page(request, current, WordingForm(initial=_initial(current)))
        saving = request.POST.get("act") == "save"
        form = WordingForm(request.POST, saving=saving)
        if form.is_valid() and saving:
            return self._save(request, policy, form)
        return self._writing_page(request, current, form)

    def _save(self, request: HttpRequest, policy: Policy, form: WordingForm) -> HttpResponse:
        assert isinstance(request.user, User)
        read = policy.versions.filter(pk=form.cleaned_data["before"]).first()
        try:
            if read is None:
                raise Stale(_("Open the page anew: it was for another policy."))
            new = policies.write_next(
                before=read,
                wording=form.wording(),
                reason=form.cleaned_data["reason"],
                written_by=request.user,
            )
        except Stale as refusal:
            return self._overtaken(request, policy, str(refusal))
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
            return self._writing_page(request, read, form)
        said = _("Version %(number)d written: %(reason)s")
        self.log_act(request, policy, said % {"number": new.number, "reason": new.reason})
        messages.success(request, _("Version %d is written. Decisions cite it now.") % new.number)
        return HttpResponseRedirect(reverse("admin:compliance_policy_change", args=[policy.pk]))

    def _overtaken(self, request: HttpRequest, policy: Policy, refusal: str) -> HttpResponse:
        """Theirs beside mine, and mine still in the form, to be written after theirs."""
        theirs = policy.current
        mine = request.POST.copy()
        mine["before"] = str(theirs.pk)  # type: ignore[union-attr]  # somebody wrote one
        form = WordingForm(mine, saving=True)
        form.is_valid()
        return self._writing_page(request, theirs, form, refusal=refusal)

    def _writing_page(
        self, request: HttpRequest, current: Any, form: forms.Form, *, refusal: str = ""
    ) -> HttpResponse:
        assert isinstance(form, WordingForm)
        clean = form.is_bound and not form.errors
        different = _differences(policies.wording_of(current), form.wording()) if clean else []
        context = {
            **self.admin_site.each_context(request),
            "title": _("Write the next version"),
            "opts": self.opts,
            "media": self.media,
            "current": current,
            "theirs": current if refusal else None,
            "refusal": refusal,
            "form": form,
            "different": different,
            "back": reverse("admin:compliance_policy_change", args=[current.policy_id]),
        }
        status = 409 if refusal else 200
        return TemplateResponse(
            request, "admin/compliance/policy/next_version.html", context, status=status
        )


def _initial(version: PolicyVersion) -> dict[str, Any]:
    names = policies.Wording.__dataclass_fields__
    return {"before": version.pk, **{name: getattr(version, name) for name in names}}


def _rows() -> Iterator[dict[str, Any]]:
    """Every policy with its newest version and how it stands in the newest terms."""
    terms = current_terms()
    citable = set(agreements.citable(terms).values_list("pk", flat=True)) if terms else set()
    here = PolicyBinding.objects.filter(clause__version=terms).order_by("pk")
    found = Policy.objects.order_by("position").prefetch_related(
        Prefetch("versions", PolicyVersion.objects.order_by("-number")),
        Prefetch("bindings", here.select_related("clause"), to_attr="here"),
    )
    for policy in found:
        version = next(iter(policy.versions.all()))
        bound: Any = policy.here[-1] if policy.here else None
        standing = "none" if bound is None else "cited"
        if bound is not None and bound.clause_id not in citable:
            standing = "severed"
        said = (policy.clause_number, policy.code, version.title_zh_hans, version.title_en)
        searched = "\n".join((*said, version.text_zh_hans, version.text_en)).casefold()
        yield {
            "policy": policy,
            "version": version,
            "title": version.title_in(None),
            "tone": SEVERITY_TONES[Severity(version.severity)],
            "standing": standing if terms else "",
            "bound": bound,
            "searched": searched,
        }


def _grouped(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {start: [] for start, _label in GROUPS}
    for row in rows:
        number = row["policy"].clause_number
        fitting = [start for start in groups if _is_below(number, start)]
        groups.setdefault(max(fitting, key=len, default=""), []).append(row)
    labels = dict(GROUPS)
    for start, found in groups.items():
        if found:
            yield {"start": start, "label": labels.get(start, _("Others"))}, found


def _is_below(number: str, start: str) -> bool:
    return number == start or number.startswith((start + ".", start + "("))


def _actions(version: PolicyVersion) -> list[tuple[str, bool]]:
    """The actions allowed, and whether each is the usual one, which has its usual term."""
    return [
        (version.usual, True)
        if name == version.default_action
        else (str(Action(name).label), False)
        for name in version.allowed_actions
    ]


def _versions(policy: Policy) -> list[dict[str, Any]]:
    """Each version with what is different from the one before, newest first."""
    found = list(policy.versions.select_related("written_by").order_by("-number")[:MOST_SHOWN])
    before: list[PolicyVersion | None] = [*found[1:], None]
    return [
        {
            "version": version,
            "different": _differences(policies.wording_of(earlier), policies.wording_of(version))
            if earlier
            else [],
        }
        for version, earlier in zip(found, before, strict=True)
    ]


def _differences(before: policies.Wording, after: policies.Wording) -> list[tuple[str, Any]]:
    """Label and difference of each field that is not the same."""
    return [
        (_label(name), difference(_said(before, name), _said(after, name)))
        for name in policies.Wording.__dataclass_fields__
        if getattr(before, name) != getattr(after, name)
    ]


def _label(name: str) -> str:
    field: Any = PolicyVersion._meta.get_field(name)
    return str(field.verbose_name)


def _said(wording: policies.Wording, name: str) -> str:
    """A field of a wording as people read it."""
    value = getattr(wording, name)
    if name == "allowed_actions":
        return listed(str(Action(one).label) for one in value)
    if name == "default_days":
        return str(value) if value else _("until it is lifted")
    if name == "tell_authority":
        return _("yes") if value else _("no")
    field: Any = PolicyVersion._meta.get_field(name)
    return str(dict(field.flatchoices).get(value, value)) if field.choices else str(value)


def _bindings(policy: Policy) -> list[dict[str, Any]]:
    """Newest version first; which binding holds there, and whether its clause is severed."""
    found = policy.bindings.select_related(
        "clause__version__document", "clause__severance", "bound_by"
    ).order_by("-clause__version__number", "-pk")[:MOST_SHOWN]
    seen: set[int] = set()
    rows = []
    for bound in found:
        version = bound.clause.version_id
        rows.append(
            {
                "bound": bound,
                "holds": version not in seen,
                "severed": hasattr(bound.clause, "severance"),
            }
        )
        seen.add(version)
    return rows


def _decided(policy: Policy) -> list[dict[str, Any]]:
    """How often each action was proposed on this policy, and approved."""
    counted = {
        row["action"]: row
        for row in Decision.objects.filter(policy_version__policy=policy)
        .values("action")
        .annotate(proposed=Count("pk"), approved=Count("approval"))
    }
    return [
        {"label": action.label, **counted[action.value]}
        for action in Action
        if action.value in counted
    ]


def _cases(policy: Policy, user: User) -> Any:
    """The newest cases on it that this person may see."""
    return Case.objects.all().seen_by(user).filter(policy=policy).order_by("-pk")[:20]
