"""The SMS that only says that there is something to read, for every phase (clause 1.3: the
inbox has the full text)."""

from django.db import migrations

KIND = "log_in_to_read"
PHASES = ("announced", "postponed", "in_effect", "lifted", "withdrawn")
BODIES = {
    "zh-hans": "【apiqik】您有一则关于账号服务变更的通知，编号 ${change}，请登录站内信查看全文：${url}",
    "en": (
        "[apiqik] There is a notice about changes to your services, ${change}. "
        "Log in to read it in full: ${url}"
    ),
}


def begin(apps, schema_editor):
    Template = apps.get_model("notices", "Template")
    # There from an earlier run of this migration: they are evidence and stay.
    if Template.objects.filter(kind=KIND).exists():
        return
    for phase in PHASES:
        for language, body in BODIES.items():
            Template.objects.create(
                kind=KIND, phase=phase, channel="sms", language=language, version=1, body=body
            )


class Migration(migrations.Migration):
    dependencies = [("notices", "0122_suppressions_are_sealed")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
