"""Sealed blocks and what checks of them found, for auditors."""

from django.contrib import admin
from django.db import models
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin.columns import mono, number, pill
from common.admin.evidence import EvidenceAdmin
from common.models import SealBlock, SealVerification
from common.seals.records import last_verification

_STATES = {
    True: (gettext_lazy("as it was sealed"), "good"),
    False: (gettext_lazy("damaged"), "bad"),
    None: (gettext_lazy("not checked yet"), "quiet"),
}


def _as_last_checked():
    """What the last check said of a block, as an expression; NULL: it was not asked."""
    last = last_verification()
    if last is None:
        return models.Value(None, output_field=models.BooleanField(null=True))
    return models.Case(
        models.When(number__in=last.damaged, then=models.Value(False)),
        models.When(number__range=(last.since, last.upto), then=models.Value(True)),
        output_field=models.BooleanField(null=True),
    )


@admin.register(SealBlock)
class SealBlockAdmin(EvidenceAdmin):
    list_display = ["number", "table", "how_many", "state", "sealed_at", "key_id", "short_hash"]
    list_reads = ["number", "table", "rows", "sealed_at", "key_id", "hash"]
    list_filter = ["table"]
    ordering = ["-number"]
    fields = [
        "number",
        "table",
        "state",
        "rows",
        ("after_transaction", "after_id"),
        ("upto_transaction", "upto_id"),
        "sealed_at",
        "root",
        "previous_hash",
        "hash",
        "key_id",
        "signature",
        "form",
    ]
    readonly_fields = ["state"]

    def get_queryset(self, request):
        blocks = super().get_queryset(request).defer("row_ids", "leaves", "marks")
        return blocks.annotate(sound=_as_last_checked())

    @admin.display(description=gettext_lazy("rows"), ordering="rows")
    def how_many(self, block):
        return number(block.rows)

    @admin.display(description=gettext_lazy("last check"))
    def state(self, block):
        return pill(*_STATES[block.sound])

    @admin.display(description=gettext_lazy("hash"))
    def short_hash(self, block):
        return mono(block.hash[:16])


@admin.register(SealVerification)
class SealVerificationAdmin(EvidenceAdmin):
    list_display = ["recorded_at", "since", "upto", "how_many", "result"]
    ordering = ["-pk"]
    fields = ["recorded_at", "since", "upto", "rows", "result", "sentences"]
    readonly_fields = ["recorded_at", "result", "sentences"]

    @admin.display(description=gettext_lazy("rows"), ordering="rows")
    def how_many(self, check):
        return number(check.rows)

    @admin.display(description=gettext_lazy("result"))
    def result(self, check):
        if not check.findings:
            return pill(*_STATES[True])
        return pill(_("%(count)s findings") % {"count": len(check.findings)}, "bad")

    @admin.display(description=gettext_lazy("findings"))
    def sentences(self, check):
        lines = format_html_join("", "<li>{}</li>", ((each,) for each in check.findings))
        return format_html_join("", "<ul>{}</ul>", [(lines,)]) if check.findings else "–"
