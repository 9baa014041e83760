"""Terms that names are screened for, a page to try a name, and names changed at the desk."""

from contextlib import contextmanager

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import naming
from accounts.models import NameTerm
from accounts.name_screening import Outcome, screen
from common import clock
from common.admin import EditableAdmin, Headline, pill
from common.admin.moment_widget import MomentWidget
from common.look_alikes import LONGEST_NAME, fold

LIST_TONES = {
    NameTerm.List.PROHIBITED: "bad",
    NameTerm.List.RESERVED: "violet",
    NameTerm.List.OFFICIAL: "warn",
}
OUTCOMES = {
    Outcome.PASS: (gettext_lazy("may be taken"), "good"),
    Outcome.DOUBTFUL: (gettext_lazy("taken, and a case is opened"), "warn"),
    Outcome.REFUSED: (gettext_lazy("refused"), "bad"),
}


@contextmanager
def names_are_screened(request, form, **about):
    """Around the saving of a person or account whose name the form may change (1.2.5)."""
    at = clock.now()
    choice = None
    if "name" in form.changed_data:
        choice = naming.choose(name=form.cleaned_data["name"], at=at, **about)
    yield
    if choice is None:
        return
    naming.chosen(choice, by=request.user, at=at)
    if choice.verdict.outcome == Outcome.DOUBTFUL:
        messages.warning(request, _("The name is doubtful: somebody has to look at it."))


def in_its_language(text, term):
    """Marked as English or Chinese, for screen readers, if the term is for one of them."""
    return format_html('<span lang="{}">{}</span>', term.language, text) if term.language else text


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [("in_force", _("in force")), ("not", _("not in force"))]

    def queryset(self, request, queryset):
        in_force = NameTerm.objects.in_force(clock.now())
        match self.value():
            case "in_force":
                return queryset.filter(pk__in=in_force.values("pk"))
            case "not":
                return queryset.exclude(pk__in=in_force.values("pk"))
        return queryset


class TryForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name to try"),
        # What is too long for a name is told by the screening.
        max_length=10 * LONGEST_NAME,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@admin.register(NameTerm)
class NameTermAdmin(EditableAdmin):
    change_list_template = "admin/accounts/nameterm/change_list.html"
    list_display = ["as_written", "on_list", "match", "language", "standing", "noted"]
    list_filter = ["list", "match", "language", StateFilter]
    search_fields = ["term__matches", "note__matches"]
    ordering = ["list", "term", "pk"]
    states_at_reading = True
    formfield_overrides = {
        models.DateTimeField: {"form_class": forms.SplitDateTimeField, "widget": MomentWidget}
    }
    fields = [
        "term",
        "list",
        "match",
        "language",
        "note",
        "in_force_from",
        "in_force_until",
        "added_by",
    ]
    readonly_fields = ["added_by"]

    def get_changeform_initial_data(self, request):
        return {"in_force_from": clock.now(), **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        if not change:
            obj.added_by = request.user
        super().save_model(request, obj, form, change)

    def written_fields(self, obj, form):
        return [*super().written_fields(obj, form), "folded"]

    @admin.display(description=gettext_lazy("term"), ordering="term")
    def as_written(self, term):
        return in_its_language(term.term, term)

    @admin.display(description=gettext_lazy("note"))
    def noted(self, term):
        return in_its_language(term.note, term) if term.note else self.get_empty_value_display()

    @admin.display(description=gettext_lazy("list"), ordering="list")
    def on_list(self, term):
        return pill(term.get_list_display(), LIST_TONES.get(term.list, "quiet"))

    @admin.display(description=gettext_lazy("state"))
    def standing(self, term):
        label, tone = self._standing(term, term.read_at)
        return pill(label, tone)

    def _standing(self, term, at):
        if term.in_force_until and term.in_force_until <= at:
            return _("ended"), "quiet"
        if term.in_force_from > at:
            return _("to come"), "info"
        return _("in force"), "good"

    def headline(self, term):
        return Headline(
            pills=[
                (term.get_list_display(), LIST_TONES.get(term.list, "quiet")),
                self._standing(term, clock.now()),
            ],
            facts=[term.get_match_display(), _("compared as %s") % term.folded],
        )

    # -- trying a name -------------------------------------------------------------

    def get_urls(self):
        return [
            path("try/", self.admin_site.admin_view(self.try_page), name="accounts_nameterm_try"),
            *super().get_urls(),
        ]

    def try_page(self, request):
        """What a name would hit, and why. Nothing is kept; sent by POST, so not logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST if request.method == "POST" else None, label_suffix="")
        tried = None
        if form.is_valid():
            name = form.cleaned_data["name"]
            verdict = screen(name, at=clock.now())
            label, tone = OUTCOMES[verdict.outcome]
            tried = {
                "name": name,
                "verdict": verdict,
                "outcome": pill(label, tone),
                "compared": fold(name).whole,
                "hits": [self._hit(hit) for hit in verdict.hits],
            }
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try a name"),
            "opts": self.opts,
            "form": form,
            "tried": tried,
        }
        return TemplateResponse(request, "admin/accounts/nameterm/try.html", context)

    def _hit(self, hit):
        on, tone = NameTerm.List(hit.list), LIST_TONES[NameTerm.List(hit.list)]
        return {
            "term": hit,
            "list": pill(on.label, tone),
            "match": NameTerm.Match(hit.match).label,
        }
