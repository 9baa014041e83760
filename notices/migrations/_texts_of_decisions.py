"""The first texts of decisions in cases and of withheld output, in both languages. Frozen
with the migration that writes them; the frame is that of `0007_texts_of_all_kinds`."""

KINDS_IN_ENGLISH = {
    "case_decision": {
        "matter": "What was decided: ${title}",
        "in_effect": (
            "We have decided about your account: ${title}",
            "We have taken a decision that concerns the accounts named below. Nothing that you "
            "can use now is taken away by it.",
            "A decision has been taken that concerns some accounts.",
        ),
        "withdrawn": (
            "A decision about your account has been called off",
            "The decision that we told you about will not be taken. The accounts named below "
            "go on as before.",
            "A decision that concerned some accounts has been called off.",
        ),
        "now": "The statement of reasons, and how and until when you may appeal, are on the page "
        "that is named under “why”. You can sign in and use the services as before.",
        "without": ["For how long: ${until}"],
    },
    "output_restriction": {
        "announced": (
            "Output of ${service} will be withheld from ${effective}",
            "From ${effective}, what ${service} makes will no longer be given out to the "
            "accounts named below.",
            "From ${effective}, what ${service} makes will be withheld for some accounts.",
        ),
        "postponed": (
            "Withholding the output of ${service} is postponed to ${effective}",
            "The restriction of the output of ${service} that we told you about begins later "
            "than announced.",
            "The announced restriction of the output of ${service} for some accounts begins later.",
        ),
        "in_effect": (
            "Output of ${service} is now withheld",
            "What ${service} makes is no longer given out to the accounts named below.",
            "What ${service} makes is withheld for some accounts.",
        ),
        "lifted": (
            "Output of ${service} is given out again",
            "What ${service} makes is given out again to the accounts named below.",
            "What ${service} makes is given out again to the accounts for which it was withheld.",
        ),
        "withdrawn": (
            "The restriction of the output of ${service} has been called off",
            "The restriction of output that we told you about will not begin. The accounts named "
            "below go on as before.",
            "The announced restriction of the output of ${service} has been called off.",
        ),
        "ahead": "Until then nothing changes. Afterwards requests that would give out what a "
        "model made are refused; you can sign in and read notices and the state of your accounts.",
        "now": "Requests that would give out what a model made are refused. You can sign in and "
        "read notices and the state of your accounts; what is not named here goes on working.",
    },
}

KINDS_IN_CHINESE = {
    "case_decision": {
        "matter": "决定内容：${title}",
        "in_effect": (
            "关于您账号的处理决定：${title}",
            "我们就以下账号作出了处理决定。该决定不影响您目前可以使用的服务。",
            "我们就部分账号作出了处理决定。",
        ),
        "withdrawn": (
            "关于您账号的处理决定已取消",
            "此前通知您的处理决定已取消，以下账号一切照旧。",
            "涉及部分账号的处理决定已取消。",
        ),
        "now": "决定理由说明书、申诉方式和申诉期限，请见“原因”中注明的页面。您仍可照常登录和使用服务。",
        "without": ["期限：${until}"],
    },
    "output_restriction": {
        "announced": (
            "${service}将于 ${effective}起停止提供输出内容",
            "自 ${effective}起，${service}生成的内容将不再向以下账号提供。",
            "自 ${effective}起，${service}生成的内容将不再向部分账号提供。",
        ),
        "postponed": (
            "${service}停止提供输出内容推迟至 ${effective}",
            "此前通知您的${service}输出限制，开始时间推迟。",
            "部分账号的${service}输出限制推迟开始。",
        ),
        "in_effect": (
            "${service}已停止提供输出内容",
            "${service}生成的内容不再向以下账号提供。",
            "${service}生成的内容不再向部分账号提供。",
        ),
        "lifted": (
            "${service}已恢复提供输出内容",
            "${service}生成的内容已恢复向以下账号提供。",
            "${service}生成的内容已恢复向部分账号提供。",
        ),
        "withdrawn": (
            "${service}的输出限制已取消",
            "此前通知您的${service}输出限制已取消，以下账号一切照旧。",
            "部分账号的${service}输出限制已取消。",
        ),
        "ahead": "在此之前，一切照常。届时，需要提供模型生成内容的请求会被拒绝；您仍可登录，查看通知和账号状态。",
        "now": "需要提供模型生成内容的请求会被拒绝。您仍可登录，查看通知和账号状态；未提及的服务不受影响。",
    },
}
