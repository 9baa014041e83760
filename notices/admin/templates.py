"""The texts of notices: all of them at a glance, one with its versions, the next version."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.models.users import Language
from common.admin import EvidenceAdmin, Headline
from common.changes import kinds_of_change, label_of
from common.clock import now
from common.differences import difference
from common.exceptions import BackOfficeError
from common.messaging import Verdict
from notices import gate, text_trials, texts
from notices.admin.text_forms import WordingForm, initial_of
from notices.delivery_words import VERDICTS
from notices.examples import EXAMPLES
from notices.exceptions import TemplateIsBroken, WrittenMeanwhile
from notices.letter import fragment
from notices.models import Channel, Phase, Template
from notices.provider_templates import GENERIC

MAY_WRITE = "notices.add_template"


def kind_in_words(name: str) -> str:
    """What staff call the kind of change whose texts these are."""
    return _("Only says: log in to read") if name == GENERIC else label_of(name)


@dataclass(frozen=True)
class Cell:
    """One channel of one phase: its newest versions, or None, by language."""

    channel: Channel
    versions: list[tuple[Language, Template | None]]


@admin.register(Template)
class TemplateAdmin(EvidenceAdmin):
    """Versions are evidence: nobody edits one, the next is written instead."""

    change_form_template = "admin/notices/template/change_form.html"
    list_select_related = ("written_by",)
    fields = ("channel", "language", "subject_shown", "text", "reason_shown", "recorded_at")
    readonly_fields = fields

    class Media:
        css = {"all": ["notices/changes.css", "notices/texts.css"]}

    @admin.display(description=gettext_lazy("subject"))
    def subject_shown(self, template: Template) -> str:
        return template.subject or "—"

    @admin.display(description=gettext_lazy("text"))
    def text(self, template: Template) -> str:
        return format_html('<pre class="letter">{}</pre>', template.body)

    @admin.display(description=gettext_lazy("reason"))
    def reason_shown(self, template: Template) -> str:
        return template.reason or _("What the installation began with.")

    # -- all of them ---------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The newest version of every text, by kind and phase."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        newest = {
            (text.kind, text.phase, text.channel, text.language): text
            for text in Template.objects.newest().defer("body", "reason")
        }
        names = [kind.name for kind in kinds_of_change]
        names += sorted({kind for kind, *_rest in newest} - set(names))
        context = {
            **self.admin_site.each_context(request),
            "title": self.opts.verbose_name_plural,
            "opts": self.opts,
            "media": self.media,
            "channels": list(Channel),
            "kinds": [
                {
                    "name": name,
                    "label": kind_in_words(name),
                    "needs_lead": name != GENERIC,
                    "policy": gate.current_policy(name),
                    "phases": [
                        (phase, self._cells(newest, name, phase)) for phase in texts.phases_of(name)
                    ],
                }
                for name in names
            ],
        }
        return TemplateResponse(request, "admin/notices/template/all_texts.html", context)

    @staticmethod
    def _cells(
        newest: dict[tuple[str, str, str, str], Template], kind: str, phase: Phase
    ) -> list[Cell]:
        there = {channel for its, _phase, channel, _language in newest if its == kind}
        return [
            Cell(
                channel=channel,
                versions=[
                    (language, newest.get((kind, phase, channel, language)))
                    for language in Language
                    # The text that says “log in to read” is of one channel only.
                    if kind in kinds_of_change or channel in there
                ],
            )
            for channel in Channel
        ]

    # -- one of them ---------------------------------------------------------------

    def headline(self, obj: Any) -> Headline:
        newest = texts.newest_of(obj)
        by = _("written by %s") % obj.written_by if obj.written_by else ""
        word = (_("newest version"), "good") if newest.pk == obj.pk else (_("older"), "quiet")
        return Headline(pills=[word], facts=[_("version %d") % obj.version, *([by] if by else [])])

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None:
            context.update(
                {
                    "versions": self._versions(obj),
                    "pinned": texts.still_with_older(obj),
                    "tests": [
                        (
                            test,
                            VERDICTS.get(Verdict(test.outcome.verdict))
                            if hasattr(test, "outcome")
                            else None,
                        )
                        for test in text_trials.tests_of(obj)
                    ],
                    "may_write": request.user.has_perm(MAY_WRITE),
                    "next_url": reverse("admin:notices_template_next", args=[obj.pk]),
                }
            )
        return super().render_change_form(request, context, add, change, form_url, obj)

    @staticmethod
    def _versions(text: Template) -> list[dict[str, Any]]:
        """Each version with what is different from the one before, newest first."""
        found = list(Template.objects.versions_of(text).select_related("written_by")[:50])
        before: list[Template | None] = [*found[1:], None]
        return [
            {"version": version, "subject": [], "body": []}
            if earlier is None
            else {
                "version": version,
                "subject": difference(earlier.subject, version.subject),
                "body": difference(earlier.body, version.body),
            }
            for version, earlier in zip(found, before, strict=True)
        ]

    # -- the next one --------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        following = path(
            "<path:object_id>/next/",
            self.admin_site.admin_view(self.next_view),
            name="notices_template_next",
        )
        return [following, *super().get_urls()]

    def next_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write, preview, test, save. Nothing typed is lost, whoever was faster."""
        if not request.user.has_perm(MAY_WRITE):
            raise PermissionDenied
        text = self.get_object(request, unquote(object_id))
        if text is None:
            raise Http404
        newest = texts.newest_of(text)
        if request.method != "POST":
            form = WordingForm(text=newest, initial=initial_of(newest))
            return self._writing_page(request, newest, form)
        act = request.POST.get("act", "preview")
        form = WordingForm(request.POST, text=newest, saving=act == "save")
        if form.is_valid() and act == "save":
            return self._save(request, newest, form)
        if form.is_valid() and act == "test":
            self._test(request, form)
        return self._writing_page(request, newest, form)

    def _save(self, request: HttpRequest, newest: Template, form: WordingForm) -> HttpResponse:
        assert isinstance(request.user, User)  # the site lets in nobody else
        wording = form.wording()
        # The version the writer read; of another text, it is nobody's to write after.
        read = Template.objects.versions_of(newest).filter(pk=form.cleaned_data["before"]).first()
        try:
            if read is None:
                raise WrittenMeanwhile(_("Open the page anew: it was for another text."))
            new = texts.write_next(
                before=read,
                subject=wording.subject,
                body=wording.body,
                reason=form.cleaned_data["reason"],
                written_by=request.user,
            )
        except WrittenMeanwhile as refusal:
            return self._overtaken(request, texts.newest_of(newest), refusal)
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
            return self._writing_page(request, newest, form)
        self.log_act(request, new, _("Version %d written") % new.version)
        messages.success(
            request,
            _("Version %d is written. Changes proposed from now on use it.") % new.version,
        )
        return HttpResponseRedirect(reverse("admin:notices_template_change", args=[new.pk]))

    def _overtaken(
        self, request: HttpRequest, theirs: Template, refusal: WrittenMeanwhile
    ) -> HttpResponse:
        """Theirs beside mine, and mine still in the form, to be written after theirs."""
        mine = request.POST.copy()
        mine["before"] = str(theirs.pk)
        form = WordingForm(mine, text=theirs, saving=True)
        form.is_valid()
        return self._writing_page(request, theirs, form, theirs=theirs, refusal=str(refusal))

    def _test(self, request: HttpRequest, form: WordingForm) -> None:
        assert isinstance(request.user, User)
        wording = form.wording()
        answers = form.cleaned_data
        try:
            shown = text_trials.preview(
                wording, change=answers["change"], person=answers.get("person")
            )
            outcome = text_trials.send_test(
                wording=wording, shown=shown, sent_by=request.user, at=now()
            )
        except BackOfficeError as refusal:
            form.add_error(None, str(refusal))
            return
        test = outcome.test_send
        said = {"address": test.address, "answer": VERDICTS[Verdict(outcome.verdict)]}
        if outcome.verdict == Verdict.ACCEPTED:
            messages.success(request, _("Sent to %(address)s. It is no notice.") % said)
        else:
            messages.error(request, _("Not sent to %(address)s: %(answer)s.") % said)

    def _writing_page(
        self,
        request: HttpRequest,
        newest: Template,
        form: WordingForm,
        theirs: Template | None = None,
        refusal: str = "",
    ) -> HttpResponse:
        wording = form.wording()
        shown = self._shown(form)
        own = text_trials.masked_address(newest.channel, request.user)  # type: ignore[arg-type]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Write the next version"),
            "opts": self.opts,
            "media": self.media,
            "current": newest,
            "form": form,
            "theirs": theirs,
            "refusal": refusal,
            "shown": shown,
            "letter": fragment(shown.rendered.body)
            if shown and newest.channel == Channel.EMAIL
            else "",
            "different": form.is_bound and wording.sha256 != texts.wording_of(newest).sha256,
            "subject_difference": difference(newest.subject, wording.subject),
            "body_difference": difference(newest.body, wording.body),
            "examples": EXAMPLES,
            "pinned": texts.still_with_older(newest),
            "can_be_tested": newest.channel in (Channel.EMAIL, Channel.SMS),
            "own_address": own,
            "back": reverse("admin:notices_template_change", args=[newest.pk]),
        }
        return TemplateResponse(
            request,
            "admin/notices/template/next_version.html",
            context,
            status=409 if theirs else 200,
        )

    @staticmethod
    def _shown(form: WordingForm) -> text_trials.Preview | None:
        """The preview; None while the text cannot be filled."""
        answers = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else {}
        change = answers.get("change")
        if not form.is_bound:
            change = next(iter(text_trials.changes_to_show(form.text.kind)), None)
        try:
            return text_trials.preview(form.wording(), change=change, person=answers.get("person"))
        except TemplateIsBroken:
            return None
