"""The Chinese of the first texts of every kind. Frozen with the migration that writes it.

For each kind and phase: the subject, the sentence a letter opens with, and the public one,
which is the headline of the announcement too where only some accounts are concerned.
"""

PHASES = {
    "announced": {
        "facts": ["生效时间：${effective}", "期限：${until}"],
        "sms": "，涉及 ${account_count} 个账号，依据条款 ${clause}。原因和应对办法请登录查看：${url}",
    },
    "postponed": {
        "facts": ["原定时间：${was}", "现定时间：${effective}", "期限：${until}"],
        "sms": "（原定 ${was}），涉及 ${account_count} 个账号。详情：${url}",
    },
    "in_effect": {
        "facts": ["期限：${until}"],
        "sms": "，涉及 ${account_count} 个账号，依据条款 ${clause}。原因和应对办法请登录查看：${url}",
    },
    "lifted": {
        "facts": [],
        "sms": "，涉及 ${account_count} 个账号。详情：${url}",
    },
    "withdrawn": {
        "facts": [],
        "sms": "，涉及 ${account_count} 个账号。详情：${url}",
    },
}

WHAT = "对象：${service} ${scope}"
BASIS = "依据：《${document}》第 ${clause} 条"
GREETING = "${name}："
WHY = "原因：${reason}"
ACCOUNTS = "涉及的账号：\n${accounts}"
ASK = "如有异议或疑问，请联系客服并注明通知编号。"
ENDING = "查看详情：${url}\n通知编号：${change}"
PUBLIC_ASK = "涉及的用户会收到站内信、邮件和短信通知。"
PUBLIC_ENDING = "通知编号：${change}"
SIGNATURE = "【apiqik】"

KINDS = {
    "service_change": {
        "matter": "变更内容：${title}",
        "announced": (
            "${service}将于 ${effective}变更",
            "以下账号的${service}将于 ${effective}变更。",
            "${service}将于 ${effective}变更。",
        ),
        "postponed": (
            "${service}的变更推迟至 ${effective}",
            "此前通知您的${service}变更，生效时间推迟。",
            "${service}的变更推迟生效。",
        ),
        "in_effect": (
            "${service}已变更",
            "以下账号的${service}变更现已生效。",
            "${service}的变更现已生效。",
        ),
        "withdrawn": (
            "${service}的变更已取消",
            "此前通知您的${service}变更已取消，以下账号一切照旧。",
            "此前公告的${service}变更已取消。",
        ),
        "ahead": "在此之前，一切照常。请了解这项变更对您的程序有何影响，并在生效前完成调整。",
        "now": "变更未提及的部分一切照旧。请检查您的程序是否运行正常。",
    },
    "usage_limit": {
        "figure": "限额：${limits}",
        "announced": (
            "${service}将于 ${effective}起限制用量",
            "以下账号使用${service}的用量将于 ${effective}起受到限制。",
            "部分账号使用${service}的用量将于 ${effective}起受到限制。",
        ),
        "postponed": (
            "${service}的用量限制推迟至 ${effective}",
            "此前通知您的${service}用量限制，生效时间推迟。",
            "部分账号的${service}推迟限制用量。",
        ),
        "in_effect": (
            "${service}已限制用量",
            "以下账号使用${service}的用量现已受到限制。",
            "部分账号使用${service}的用量现已受到限制。",
        ),
        "lifted": (
            "${service}的用量限制已解除",
            "以下账号的${service}用量限制已解除。",
            "部分账号的${service}用量限制已解除。",
        ),
        "withdrawn": (
            "${service}的用量限制已取消",
            "此前通知您的${service}用量限制已取消，以下账号一切照旧。",
            "部分账号的${service}用量限制已取消。",
        ),
        "ahead": "届时，限额以内的请求照常处理；超出限额的请求会被拒绝，待额度恢复后即可继续。",
        "now": "限额以内的请求照常处理；超出限额的请求会被拒绝，待额度恢复后即可继续。您仍可登录，查看通知和账号状态。",
    },
    "suspension": {
        "announced": (
            "${service}将于 ${effective}暂停",
            "以下账号的${service}将于 ${effective}起暂停。",
            "部分账号的${service}将于 ${effective}起暂停。",
        ),
        "postponed": (
            "${service}的暂停推迟至 ${effective}",
            "此前通知您的${service}暂停，开始时间推迟。",
            "部分账号的${service}推迟暂停。",
        ),
        "in_effect": (
            "${service}已暂停",
            "以下账号的${service}现已暂停。",
            "部分账号的${service}已暂停。",
        ),
        "lifted": (
            "${service}已恢复",
            "暂停已解除，以下账号的${service}已恢复使用。",
            "部分账号的${service}已恢复。",
        ),
        "withdrawn": (
            "${service}的暂停已取消",
            "此前通知您的${service}暂停已取消，以下账号不受影响。",
            "部分账号的${service}暂停已取消。",
        ),
        "ahead": "在此之前，一切照常。暂停期间您仍可登录，查看通知和账号状态；未提及的服务不受影响。",
        "now": "您仍可登录，查看通知和账号状态；未提及的服务不受影响。",
    },
    "termination": {
        "announced": (
            "${service}将于 ${effective}终止",
            "我们将于 ${effective}终止向以下账号提供${service}。",
            "部分账号的${service}将于 ${effective}终止。",
        ),
        "postponed": (
            "${service}的终止推迟至 ${effective}",
            "此前通知您的${service}终止，时间推迟。",
            "部分账号的${service}推迟终止。",
        ),
        "in_effect": (
            "${service}已终止",
            "以下账号的${service}现已终止。",
            "部分账号的${service}已终止。",
        ),
        "lifted": (
            "${service}已恢复提供",
            "终止已撤销，以下账号的${service}已恢复使用。",
            "部分账号的${service}已恢复提供。",
        ),
        "withdrawn": (
            "${service}的终止已取消",
            "此前通知您的${service}终止已取消，以下账号一切照旧。",
            "部分账号的${service}终止已取消。",
        ),
        "ahead": "在此之前，一切照常。请在终止前完成正在运行的任务，并保存您仍需要的内容。终止后您仍可登录，查看通知和账号状态。服务终止不影响双方协议继续有效。",
        "now": "您仍可登录，查看通知和账号状态。服务终止不影响双方协议继续有效。",
        "without": ["期限：${until}"],
    },
    "permanent_disabling": {
        "announced": (
            "账号将于 ${effective}永久停用",
            "以下账号将于 ${effective}永久停用。届时，账号的全部 API 密钥将不能再用于任何服务。",
            "部分账号将于 ${effective}永久停用。",
        ),
        "postponed": (
            "账号的永久停用推迟至 ${effective}",
            "此前通知您的账号永久停用，时间推迟。",
            "部分账号推迟永久停用。",
        ),
        "in_effect": (
            "账号已永久停用",
            "以下账号已永久停用，其全部 API 密钥不能再用于任何服务。",
            "部分账号已永久停用。",
        ),
        "lifted": (
            "账号已恢复使用",
            "永久停用已撤销，以下账号已恢复使用。",
            "部分账号的永久停用已撤销。",
        ),
        "withdrawn": (
            "账号的永久停用已取消",
            "此前通知您的账号永久停用已取消，以下账号一切照旧。",
            "部分账号的永久停用已取消。",
        ),
        "ahead": "在此之前，一切照常。停用后您仍可登录，查看通知和账号状态。如果您认为判断有误，请在此之前联系客服并提供能够说明情况的材料，我们会由专人复核。",
        "now": "您仍可登录，查看通知和账号状态。如果您认为判断有误，请联系客服并提供能够说明情况的材料，我们会由专人复核。",
        "without": ["期限：${until}"],
    },
    "amendment": {
        "figure": "新版本：${version}",
        "announced": (
            "协议将于 ${effective}更新",
            "我们的协议有了新版本，将于 ${effective}起对以下账号生效。",
            "我们的协议有了新版本，将于 ${effective}起生效。",
        ),
        "postponed": (
            "新版协议推迟至 ${effective}生效",
            "此前通知您的新版协议，生效时间推迟。",
            "新版协议推迟生效。",
        ),
        "in_effect": (
            "新版协议已生效",
            "新版协议现已对以下账号生效。",
            "新版协议现已生效。",
        ),
        "withdrawn": (
            "新版协议已取消",
            "此前通知您的新版协议不再生效，现行版本继续适用。",
            "此前公告的新版协议不再生效，现行版本继续适用。",
        ),
        "ahead": "在此之前，现行版本继续适用。请登录阅读新版本及其改动，您也可以提前同意。如不同意，账号的所有者可以在此之前登录并提出异议：新版本生效时，该账号的服务将停止，直至撤回异议。在此之后继续使用服务，即视为同意新版本。",
        "now": "继续使用服务，即视为同意新版本。您登录后可以查看同意过的各个版本。如不同意，账号的所有者可以停止使用服务并注销账号。",
        "without": ["期限：${until}"],
    },
    "incident": {
        "matter": "事件：${title}",
        "in_effect": (
            "故障通知：${title}",
            "${service}发生故障，我们正在处理。恢复之前，请求可能变慢或失败。",
            "${service}发生故障，我们正在处理。恢复之前，请求可能变慢或失败。",
        ),
        "lifted": (
            "故障已恢复：${title}",
            "此前${service}的故障已恢复。",
            "此前${service}的故障已恢复。",
        ),
        "withdrawn": (
            "故障通知更正：${title}",
            "此前通知您的${service}故障，经查并非故障。",
            "此前公告的${service}故障，经查并非故障。",
        ),
        "now": "您无需采取任何措施。失败的请求可以在恢复后重新发送，届时我们会通知您。",
        "sms": "。详情：${url}",
        "public_ask": "",
    },
}

ALL_IS_WELL = "您无需采取任何措施。"
