"""A kind of change that decisions about names bring (1.2.5): its texts and its deadline."""

import importlib
from types import SimpleNamespace

from django.db import migrations

from notices.migrations import _texts_in_chinese, _texts_in_english, _texts_of_names

frame = importlib.import_module("notices.migrations.0007_texts_of_all_kinds")

KIND = "name_cancellation"
# Whole days to choose another name.
LEAD_DAYS = 7


def texts():
    for language, words, kinds in (
        ("zh-hans", _texts_in_chinese, _texts_of_names.KINDS_IN_CHINESE),
        ("en", _texts_in_english, _texts_of_names.KINDS_IN_ENGLISH),
    ):
        own = SimpleNamespace(**{**vars(words), "KINDS": kinds})
        for phase in (phase for phase in frame.PHASES if phase in kinds[KIND]):
            subject = kinds[KIND][phase][0]
            for channel, heading, body in (
                ("announcement", frame.headline(KIND, phase, own), announcement(phase, own)),
                ("inbox", subject, letter(phase, own)),
                ("email", subject, letter(phase, own)),
                ("sms", "", frame.text_message(KIND, phase, own)),
            ):
                yield {
                    "kind": KIND,
                    "phase": phase,
                    "language": language,
                    "channel": channel,
                    "subject": heading,
                    "body": body,
                }


def letter(phase, words):
    """As those of other kinds, but about no service and without a term."""
    told_why = phase in frame.TOLD_WHY
    parts = [
        words.GREETING,
        words.KINDS[KIND][phase][1],
        "${replaces}" if phase == "announced" else "",
        words.BASIS,
        words.WHY if told_why else "",
        words.ACCOUNTS,
        frame.what_to_do(phase, words, words.KINDS[KIND]),
        words.ASK if told_why else "",
        words.ENDING,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def announcement(phase, words):
    """Public: whose name, and what was decided of it, is not said."""
    parts = [words.KINDS[KIND][phase][2], words.BASIS, words.PUBLIC_ASK, words.PUBLIC_ENDING]
    return "\n\n".join(parts) + "\n"


def begin(apps, schema_editor):
    Template = apps.get_model("notices", "Template")
    LeadPolicy = apps.get_model("notices", "LeadPolicy")
    # There from an earlier run of this migration: they are evidence and stay.
    if not Template.objects.filter(kind=KIND).exists():
        for text in texts():
            Template.objects.create(**text, version=1)
    if not LeadPolicy.objects.filter(kind=KIND).exists():
        LeadPolicy.objects.create(
            kind=KIND, version=1, lead_days=LEAD_DAYS, counted_channels=["email", "sms"]
        )


class Migration(migrations.Migration):
    dependencies = [("notices", "0020_more_is_sealed")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
