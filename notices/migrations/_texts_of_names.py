"""The first texts of cancelled names, in both languages. Frozen with the migration that writes
them; the frame is that of `0007_texts_of_all_kinds`."""

KINDS_IN_ENGLISH = {
    "name_cancellation": {
        "announced": (
            "Please choose another name before ${effective}",
            "The name of the accounts named below cannot stay. Please choose another one; if "
            "there is none by ${effective}, we replace it by a neutral one.",
            "Names of some accounts have to be changed before ${effective}.",
        ),
        "postponed": (
            "You have until ${effective} to choose another name",
            "You have until ${effective}, not ${was}, to choose another name for the accounts named below.",
            "Names of some accounts may be changed until a later moment.",
        ),
        "in_effect": (
            "The name of your account has been cancelled",
            "No other name was chosen in time, so the names that could not stay have been "
            "replaced by neutral ones. You may choose another name at any time.",
            "Names of some accounts have been cancelled.",
        ),
        "lifted": (
            "The cancellation of your name has been taken back",
            "The cancellation has been taken back. The accounts named below have the name again "
            "that they had, unless you chose another one since.",
            "Some accounts have their names again.",
        ),
        "withdrawn": (
            "The name of your account will not be cancelled",
            "The cancellation that we told you about will not take place. The accounts named "
            "below keep the name that they have now.",
            "The announced cancellation of names of some accounts will not take place.",
        ),
        "ahead": "You can change the name of an account on its page, and your own in your "
        "settings. Access is not affected. The statement of reasons, and how to appeal, are on "
        "the page that is named under “why”.",
        "now": "Access is not affected. You can choose another name on the page of the account, "
        "and your own in your settings. How and until when you may appeal is on the page that is "
        "named under “why”.",
    },
}

KINDS_IN_CHINESE = {
    "name_cancellation": {
        "announced": (
            "请在 ${effective}前更改名称",
            "以下账号的名称不能继续使用，请另行选择。${effective}前仍未更改的，我们将以中性名称代替。",
            "部分账号须在 ${effective}前更改名称。",
        ),
        "postponed": (
            "更改名称的期限延至 ${effective}",
            "以下账号更改名称的期限由 ${was}延至 ${effective}。",
            "部分账号更改名称的期限已延长。",
        ),
        "in_effect": (
            "您账号的名称已被取消",
            "期限内未另行选择名称，不能继续使用的名称已由中性名称代替。您可以随时另选名称。",
            "部分账号的名称已被取消。",
        ),
        "lifted": (
            "名称的取消已撤销",
            "名称的取消已撤销。以下账号已恢复原名称；此后另选了名称的，保留所选名称。",
            "部分账号的名称已恢复。",
        ),
        "withdrawn": (
            "您账号的名称不会被取消",
            "此前通知您的事项已作罢，以下账号保留现有名称。",
            "部分账号的名称不再取消。",
        ),
        "ahead": "账号名称可在账号页面更改，您本人的名称可在设置中更改。服务的使用不受影响。"
        "决定理由说明书和申诉方式，请见“原因”中注明的页面。",
        "now": "服务的使用不受影响。您可以在账号页面另选账号名称，在设置中另选本人名称。"
        "申诉方式和申诉期限，请见“原因”中注明的页面。",
    },
}
