"""Two kinds of change that cases bring: a decision that takes nothing away, and output
withheld. Their texts, their lead times, and what the second of them may impose.
"""

import importlib
from types import SimpleNamespace

from django.db import migrations

from notices.migrations import _texts_in_chinese, _texts_in_english, _texts_of_decisions

frame = importlib.import_module("notices.migrations.0007_texts_of_all_kinds")

# What takes nothing away waits for nothing; withheld output is a restriction (1.3).
LEAD_DAYS = {"case_decision": 0, "output_restriction": 3}

MEASURES = """
CREATE OR REPLACE FUNCTION notices_measure_of(kind text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE kind WHEN 'usage_limit' THEN 'limit' WHEN 'suspension' THEN 'suspend'
        WHEN 'output_restriction' THEN 'output_block'
        WHEN 'termination' THEN 'terminate' WHEN 'permanent_disabling' THEN 'disable' END
$$;
"""
MEASURES_REVERSE = """
CREATE OR REPLACE FUNCTION notices_measure_of(kind text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE kind WHEN 'usage_limit' THEN 'limit' WHEN 'suspension' THEN 'suspend'
        WHEN 'termination' THEN 'terminate' WHEN 'permanent_disabling' THEN 'disable' END
$$;
"""


def texts():
    for language, words, kinds in (
        ("zh-hans", _texts_in_chinese, _texts_of_decisions.KINDS_IN_CHINESE),
        ("en", _texts_in_english, _texts_of_decisions.KINDS_IN_ENGLISH),
    ):
        own = SimpleNamespace(**{**vars(words), "KINDS": kinds})
        for kind, wording in kinds.items():
            for phase in (phase for phase in frame.PHASES if phase in wording):
                letter = frame.letter(kind, phase, own)
                for channel, subject, body in (
                    (
                        "announcement",
                        frame.headline(kind, phase, own),
                        announcement(kind, phase, own),
                    ),
                    ("inbox", wording[phase][0], letter),
                    ("email", wording[phase][0], letter),
                    ("sms", "", frame.text_message(kind, phase, own)),
                ):
                    yield {
                        "kind": kind,
                        "phase": phase,
                        "language": language,
                        "channel": channel,
                        "subject": subject,
                        "body": body,
                    }


def announcement(kind, phase, words):
    """Public: what was decided about somebody is not said, only that something was."""
    if kind != "case_decision":
        return frame.announcement(kind, phase, words)
    parts = [words.KINDS[kind][phase][2], words.BASIS, words.PUBLIC_ASK, words.PUBLIC_ENDING]
    return "\n\n".join(parts) + "\n"


def begin(apps, schema_editor):
    Template = apps.get_model("notices", "Template")
    LeadPolicy = apps.get_model("notices", "LeadPolicy")
    for text in texts():
        known = Template.objects.filter(
            kind=text["kind"],
            phase=text["phase"],
            language=text["language"],
            channel=text["channel"],
        )
        # There from an earlier run of this migration: they are evidence and stay.
        if not known.exists():
            Template.objects.create(**text, version=1)
    for kind, days in LEAD_DAYS.items():
        if not LeadPolicy.objects.filter(kind=kind).exists():
            LeadPolicy.objects.create(
                kind=kind, version=1, lead_days=days, counted_channels=["email", "sms"]
            )


class Migration(migrations.Migration):
    dependencies = [
        ("notices", "0018_letters"),
        ("accounts", "0022_output_block_checked"),
    ]

    operations = [
        migrations.RunSQL(MEASURES, MEASURES_REVERSE),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
