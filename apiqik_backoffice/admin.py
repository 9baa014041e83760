"""The log of what staff did in the back office, for auditors."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from common.admin import EvidenceAdmin


@admin.register(LogEntry)
class LogEntryAdmin(EvidenceAdmin):
    list_display = ["action_time", "user", "record", "said"]
    list_select_related = ["user", "content_type"]
    list_filter = ["action_flag"]
    search_fields = ["object_id", "change_message__icontains"]
    fields = ["action_time", "user", "content_type", "object_id", "object_repr", "said"]
    readonly_fields = ["said"]

    @admin.display(description=_("record"))
    def record(self, entry):
        return f"{entry.content_type} · {entry.object_repr}" if entry.content_type else ""

    @admin.display(description=_("what"))
    def said(self, entry):
        return entry.get_change_message() or entry.get_action_flag_display()
