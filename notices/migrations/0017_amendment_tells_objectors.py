"""What is said when an amendment comes into force is true for those who objected, too.

Their services stop, so "whoever goes on using them accepts" is not all they need to know.
A text that staff have rewritten since is theirs and stays.
"""

from django.db import migrations

SENTENCES = {
    "en": (
        "If you do not agree, an owner of the account may stop using the services and close it.",
        "Where an owner of an account has objected, services to that account have stopped and "
        "nothing has been agreed; they go on as soon as an owner takes the objection back. If "
        "you do not agree and have not objected, an owner of the account may stop using the "
        "services and close it.",
    ),
    "zh-hans": (
        "如不同意，账号的所有者可以停止使用服务并注销账号。",
        "账号的所有者已提出异议的，该账号的服务已停止，不视为同意；所有者撤回异议后即可恢复。"
        "如不同意且未提出异议，账号的所有者可以停止使用服务并注销账号。",
    ),
}


def tell(apps, schema_editor):
    Template = apps.get_model("notices", "Template")
    for language, (before, after) in SENTENCES.items():
        for channel in ("inbox", "email"):
            newest = (
                Template.objects.filter(
                    kind="amendment", phase="in_effect", language=language, channel=channel
                )
                .order_by("-version")
                .first()
            )
            if newest is not None and before in newest.body:
                Template.objects.create(
                    kind=newest.kind,
                    phase=newest.phase,
                    language=language,
                    channel=channel,
                    subject=newest.subject,
                    body=newest.body.replace(before, after),
                    version=newest.version + 1,
                )


class Migration(migrations.Migration):
    dependencies = [("notices", "0016_told_of_what_was_lifted_first")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
