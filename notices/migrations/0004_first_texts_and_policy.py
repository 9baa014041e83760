"""The texts and lead times a new installation begins with."""

from django.db import migrations

KIND = "suspension"
LEAD_DAYS = 3  # clause 1.3 asks for prior notice; three whole days for a suspension

SUBJECTS = {
    ("announced", "zh-hans"): "${service}将于 ${effective}暂停",
    ("announced", "en"): "${service} will be suspended on ${effective}",
    ("in_effect", "zh-hans"): "${service}已暂停",
    ("in_effect", "en"): "${service} is now suspended",
    ("lifted", "zh-hans"): "${service}已恢复",
    ("lifted", "en"): "${service} is available again",
    ("withdrawn", "zh-hans"): "${service}的暂停已取消",
    ("withdrawn", "en"): "The suspension of ${service} has been called off",
}

LETTERS = {
    ("announced", "zh-hans"): """${name}：

依据《${document}》第 ${clause} 条，以下账号的${service}将于 ${effective}起暂停，${until}：
${accounts}

原因：${reason}

暂停期间您仍可登录，查看通知和账号状态。如有异议，请联系客服并注明通知编号。
查看详情：${url}
通知编号：${change}
""",
    ("announced", "en"): """Dear ${name},

Under clause ${clause} of the ${document}, ${service} will be suspended from ${effective}, ${until}, for:
${accounts}

Why: ${reason}

You can sign in and read notices and the state of your accounts all the while. If you disagree, write to support and quote the reference.
Details: ${url}
Reference: ${change}
""",
    ("in_effect", "zh-hans"): """${name}：

以下账号的${service}现已暂停，${until}（《${document}》第 ${clause} 条）：
${accounts}

原因：${reason}

您仍可登录，查看通知和账号状态。如有异议，请联系客服并注明通知编号。
查看详情：${url}
通知编号：${change}
""",
    ("in_effect", "en"): """Dear ${name},

${service} is now suspended, ${until}, under clause ${clause} of the ${document}, for:
${accounts}

Why: ${reason}

You can still sign in and read notices and the state of your accounts. If you disagree, write to support and quote the reference.
Details: ${url}
Reference: ${change}
""",
    ("lifted", "zh-hans"): """${name}：

以下账号的${service}已恢复使用：
${accounts}

查看详情：${url}
通知编号：${change}
""",
    ("lifted", "en"): """Dear ${name},

${service} is available again for:
${accounts}

Details: ${url}
Reference: ${change}
""",
    ("withdrawn", "zh-hans"): """${name}：

此前通知您的${service}暂停已取消，以下账号不受影响：
${accounts}

查看详情：${url}
通知编号：${change}
""",
    ("withdrawn", "en"): """Dear ${name},

The suspension of ${service} that we told you about has been called off. These accounts are not affected:
${accounts}

Details: ${url}
Reference: ${change}
""",
}

TEXT_MESSAGES = {
    (
        "announced",
        "zh-hans",
    ): "【apiqik】${service}将于${effective}暂停，涉及${account_count}个账号，依据条款${clause}。请登录查看：${url}",
    (
        "announced",
        "en",
    ): "[apiqik] ${service} will be suspended on ${effective} for ${account_count} of your accounts (clause ${clause}). Sign in to read why: ${url}",
    (
        "in_effect",
        "zh-hans",
    ): "【apiqik】${service}已暂停，涉及${account_count}个账号，依据条款${clause}。请登录查看：${url}",
    (
        "in_effect",
        "en",
    ): "[apiqik] ${service} is now suspended for ${account_count} of your accounts (clause ${clause}). Sign in to read why: ${url}",
    (
        "lifted",
        "zh-hans",
    ): "【apiqik】${service}已恢复，涉及${account_count}个账号。详情：${url}",
    (
        "lifted",
        "en",
    ): "[apiqik] ${service} is available again for ${account_count} of your accounts. Details: ${url}",
    (
        "withdrawn",
        "zh-hans",
    ): "【apiqik】${service}的暂停已取消，涉及${account_count}个账号。详情：${url}",
    (
        "withdrawn",
        "en",
    ): "[apiqik] The suspension of ${service} has been called off for ${account_count} of your accounts. Details: ${url}",
}

# Public, so nobody's account is named in them.
ANNOUNCEMENTS = {
    (
        "announced",
        "zh-hans",
    ): "部分账号的${service}将于 ${effective}起暂停（《${document}》第 ${clause} 条）。涉及的用户已通过站内信、邮件和短信收到通知。编号：${change}\n",
    (
        "announced",
        "en",
    ): "From ${effective}, ${service} will be suspended for some accounts under clause ${clause} of the ${document}. Everyone concerned is told by inbox message, e-mail and SMS. Reference: ${change}\n",
    (
        "in_effect",
        "zh-hans",
    ): "部分账号的${service}已暂停（《${document}》第 ${clause} 条）。编号：${change}\n",
    (
        "in_effect",
        "en",
    ): "${service} is now suspended for some accounts under clause ${clause} of the ${document}. Reference: ${change}\n",
    ("lifted", "zh-hans"): "此前暂停的${service}已恢复。编号：${change}\n",
    (
        "lifted",
        "en",
    ): "${service} is available again for the accounts that were suspended. Reference: ${change}\n",
    ("withdrawn", "zh-hans"): "此前公告的${service}暂停已取消。编号：${change}\n",
    (
        "withdrawn",
        "en",
    ): "The announced suspension of ${service} has been called off. Reference: ${change}\n",
}


def texts():
    for (phase, language), subject in SUBJECTS.items():
        letter = LETTERS[phase, language]
        yield phase, "inbox", language, subject, letter
        yield phase, "email", language, subject, letter
        yield phase, "announcement", language, subject, ANNOUNCEMENTS[phase, language]
        yield phase, "sms", language, "", TEXT_MESSAGES[phase, language]


def begin(apps, schema_editor):
    Template = apps.get_model("notices", "Template")
    for phase, channel, language, subject, body in texts():
        Template.objects.create(
            kind=KIND,
            phase=phase,
            channel=channel,
            language=language,
            version=1,
            subject=subject,
            body=body,
        )
    apps.get_model("notices", "LeadPolicy").objects.create(
        kind=KIND, version=1, lead_days=LEAD_DAYS, counted_channels=["email", "sms"]
    )


# They are evidence from the moment they are used; going back removes them only with the
# tables themselves.
class Migration(migrations.Migration):
    dependencies = [("notices", "0003_gate")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
