"""The texts and lead times that a new installation begins with, for every kind of change.

The suspension has texts already: it gets its next versions, and one for being postponed.
Nothing is written over, and changes under way keep what was pinned to them.
"""

from django.db import migrations

from notices.migrations import _texts_in_chinese, _texts_in_english

LANGUAGES = {"zh-hans": _texts_in_chinese, "en": _texts_in_english}
PHASES = ("announced", "postponed", "in_effect", "lifted", "withdrawn")
# Whole days ahead: people's own measures from clause 1.3, amendments from 14.3.
LEAD_DAYS = {
    "service_change": 7,
    "usage_limit": 3,
    "termination": 30,
    "permanent_disabling": 30,
    "amendment": 7,
    "incident": 0,
}
# About everybody alike, so the reason may be read by everybody.
PUBLIC_REASON = {"service_change", "amendment", "incident"}
# Of accounts, not of a service within them.
OF_WHOLE_ACCOUNTS = {"permanent_disabling", "amendment"}
# No list of accounts: all of a person's are concerned alike.
OF_NO_ACCOUNT = {"incident"}
TOLD_WHY = ("announced", "postponed", "in_effect")


def facts(kind, phase, words, wording):
    """`Name: value` lines: what, when, how long, on which clause."""
    lines = [] if kind in OF_WHOLE_ACCOUNTS else [words.WHAT]
    lines += [wording[name] for name in ("matter", "figure") if name in wording]
    lines += [
        line for line in words.PHASES[phase]["facts"] if line not in wording.get("without", [])
    ]
    return "\n".join([*lines, words.BASIS])


def what_to_do(phase, words, wording):
    if phase in ("lifted", "withdrawn"):
        return words.ALL_IS_WELL
    return wording["now" if phase == "in_effect" else "ahead"]


def letter(kind, phase, words):
    wording = words.KINDS[kind]
    parts = [
        words.GREETING,
        wording[phase][1],
        "${replaces}" if phase == "announced" else "",
        facts(kind, phase, words, wording),
        words.WHY if phase in TOLD_WHY else "",
        "" if kind in OF_NO_ACCOUNT else words.ACCOUNTS,
        what_to_do(phase, words, wording),
        words.ASK if phase in TOLD_WHY else "",
        words.ENDING,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def announcement(kind, phase, words):
    """Public, so nobody's account is named in it, nor anybody's own reason."""
    wording = words.KINDS[kind]
    parts = [
        wording[phase][2],
        "${replaces}" if phase == "announced" else "",
        facts(kind, phase, words, wording) if phase in TOLD_WHY else words.BASIS,
        words.WHY if kind in PUBLIC_REASON and phase in TOLD_WHY else "",
        wording.get("public_ask", words.PUBLIC_ASK),
        words.PUBLIC_ENDING,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def headline(kind, phase, words):
    """Of what concerns some accounts only, everybody reads just that: not that all stops."""
    subject, _opening, public = words.KINDS[kind][phase]
    return subject if kind in PUBLIC_REASON else public.rstrip(".。")


def text_message(kind, phase, words):
    wording = words.KINDS[kind]
    subject = wording[phase][0]
    ending = wording.get("sms", words.PHASES[phase]["sms"])
    return f"{words.SIGNATURE}{subject}{ending}"


def texts():
    """Every text as the fields of a `Template`, but for its version."""
    for language, words in LANGUAGES.items():
        for kind, wording in words.KINDS.items():
            for phase in (phase for phase in PHASES if phase in wording):
                named = {"kind": kind, "phase": phase, "language": language}
                subject = wording[phase][0]
                for channel, heading, body in (
                    (
                        "announcement",
                        headline(kind, phase, words),
                        announcement(kind, phase, words),
                    ),
                    ("inbox", subject, letter(kind, phase, words)),
                    ("email", subject, letter(kind, phase, words)),
                ):
                    yield {**named, "channel": channel, "subject": heading, "body": body}
                body = text_message(kind, phase, words)
                yield {**named, "channel": "sms", "subject": "", "body": body}


def begin(apps, schema_editor):
    Template = apps.get_model("notices", "Template")
    LeadPolicy = apps.get_model("notices", "LeadPolicy")
    names = ("kind", "phase", "channel", "language")
    newest = {
        tuple(getattr(template, name) for name in names): template
        for template in Template.objects.order_by("version")
    }
    for text in texts():
        before = newest.get(tuple(text[name] for name in names))
        if before is None or (before.subject, before.body) != (text["subject"], text["body"]):
            Template.objects.create(**text, version=before.version + 1 if before else 1)
    decided = set(LeadPolicy.objects.values_list("kind", flat=True))
    for kind, days in LEAD_DAYS.items():
        if kind not in decided:
            LeadPolicy.objects.create(
                kind=kind, version=1, lead_days=days, counted_channels=["email", "sms"]
            )


# They are evidence from the moment they are used; going back removes them only with the
# tables themselves.
class Migration(migrations.Migration):
    dependencies = [("notices", "0006_authors_and_test_sends")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
