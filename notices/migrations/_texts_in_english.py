"""The English of the first texts of every kind. Frozen with the migration that writes it.

For each kind and phase: the subject, the sentence a letter opens with, and the public one,
which is the headline of the announcement too where only some accounts are concerned.
"""

PHASES = {
    "announced": {
        "facts": ["From: ${effective}", "For how long: ${until}"],
        "sms": ". Accounts concerned: ${account_count}. Clause ${clause}. Why, and what to do: ${url}",
    },
    "postponed": {
        "facts": ["Announced for: ${was}", "Now from: ${effective}", "For how long: ${until}"],
        "sms": ". Announced for ${was}. Accounts concerned: ${account_count}. Details: ${url}",
    },
    "in_effect": {
        "facts": ["For how long: ${until}"],
        "sms": ". Accounts concerned: ${account_count}. Clause ${clause}. Why, and what to do: ${url}",
    },
    "lifted": {
        "facts": [],
        "sms": ". Accounts concerned: ${account_count}. Details: ${url}",
    },
    "withdrawn": {
        "facts": [],
        "sms": ". Accounts concerned: ${account_count}. Details: ${url}",
    },
}

WHAT = "What: ${service} ${scope}"
BASIS = "Basis: ${document}, clause ${clause}"
GREETING = "Dear ${name},"
WHY = "Why: ${reason}"
ACCOUNTS = "Accounts concerned:\n${accounts}"
ASK = "If you disagree, or anything is unclear, write to support and quote the reference."
ENDING = "Details: ${url}\nReference: ${change}"
PUBLIC_ASK = "Everyone concerned is told by inbox message, by e-mail and by SMS."
PUBLIC_ENDING = "Reference: ${change}"
SIGNATURE = "[apiqik] "

KINDS = {
    "service_change": {
        "matter": "What changes: ${title}",
        "announced": (
            "${service} will change on ${effective}",
            "${service} will change on ${effective} for the accounts named below.",
            "${service} will change on ${effective}.",
        ),
        "postponed": (
            "The change to ${service} is postponed to ${effective}",
            "The change to ${service} that we told you about comes later than announced.",
            "The change to ${service} comes later than announced.",
        ),
        "in_effect": (
            "${service} has changed",
            "The change to ${service} is now in effect for the accounts named below.",
            "The change to ${service} is now in effect.",
        ),
        "withdrawn": (
            "The change to ${service} has been called off",
            "The change to ${service} that we told you about will not happen. The accounts named below go on as before.",
            "The announced change to ${service} will not happen.",
        ),
        "ahead": "Until then everything works as it does now. Please see what the change means for your programs, and adapt them before that day.",
        "now": "Whatever the change does not name works as before. Please check that your programs do too.",
    },
    "usage_limit": {
        "figure": "Most allowed: ${limits}",
        "announced": (
            "${service} will be limited from ${effective}",
            "From ${effective}, a limit will apply to the use of ${service} by the accounts named below.",
            "From ${effective}, a limit will apply to the use of ${service} by some accounts.",
        ),
        "postponed": (
            "The limit on ${service} is postponed to ${effective}",
            "The limit on ${service} that we told you about begins later than announced.",
            "The announced limit on ${service} for some accounts begins later.",
        ),
        "in_effect": (
            "${service} is now limited",
            "A limit now applies to the use of ${service} by the accounts named below.",
            "A limit now applies to the use of ${service} by some accounts.",
        ),
        "lifted": (
            "The limit on ${service} has been lifted",
            "The limit on ${service} no longer applies to the accounts named below.",
            "The limit on ${service} for some accounts no longer applies.",
        ),
        "withdrawn": (
            "The limit on ${service} has been called off",
            "The limit on ${service} that we told you about will not begin. The accounts named below go on as before.",
            "The announced limit on ${service} will not begin.",
        ),
        "ahead": "Requests within the limit will be answered as they are now; those beyond it will be refused until there is room again.",
        "now": "Requests within the limit are answered as before; those beyond it are refused until there is room again. You can sign in and read notices and the state of your accounts.",
    },
    "suspension": {
        "announced": (
            "${service} will be suspended on ${effective}",
            "${service} will be suspended on ${effective} for the accounts named below.",
            "${service} will be suspended for some accounts on ${effective}.",
        ),
        "postponed": (
            "The suspension of ${service} is postponed to ${effective}",
            "The suspension of ${service} that we told you about begins later than announced.",
            "The announced suspension of ${service} for some accounts begins later.",
        ),
        "in_effect": (
            "${service} is now suspended",
            "${service} is now suspended for the accounts named below.",
            "${service} is now suspended for some accounts.",
        ),
        "lifted": (
            "${service} is available again",
            "The suspension has been lifted: ${service} is available again to the accounts named below.",
            "${service} is available again to the accounts for which it was suspended.",
        ),
        "withdrawn": (
            "The suspension of ${service} has been called off",
            "The suspension of ${service} that we told you about will not take place. The accounts named below are not affected.",
            "The announced suspension of ${service} has been called off.",
        ),
        "ahead": "Until then nothing changes. During the suspension you can still sign in and read notices and the state of your accounts; what is not named here goes on working.",
        "now": "You can still sign in and read notices and the state of your accounts; what is not named here goes on working.",
    },
    "termination": {
        "announced": (
            "${service} will end on ${effective}",
            "On ${effective} we will end ${service} for the accounts named below.",
            "On ${effective}, ${service} will end for some accounts.",
        ),
        "postponed": (
            "The end of ${service} is postponed to ${effective}",
            "${service} will end later than we told you.",
            "${service} will end for some accounts later than announced.",
        ),
        "in_effect": (
            "${service} has ended",
            "${service} has ended for the accounts named below.",
            "${service} has ended for some accounts.",
        ),
        "lifted": (
            "${service} is provided again",
            "The termination has been taken back: ${service} is available again to the accounts named below.",
            "${service} is available again to the accounts for which it had ended.",
        ),
        "withdrawn": (
            "The end of ${service} has been called off",
            "${service} will not end as we told you. The accounts named below go on as before.",
            "The announced end of ${service} has been called off.",
        ),
        "ahead": "Until then everything works as it does now. Please finish what is running, and keep what you still need, before that day. You will still be able to sign in and read notices and the state of your accounts. The agreement between us outlasts the end of a service.",
        "now": "You can still sign in and read notices and the state of your accounts. The agreement between us outlasts the end of a service.",
        "without": ["For how long: ${until}"],
    },
    "permanent_disabling": {
        "announced": (
            "Account to be permanently disabled on ${effective}",
            "On ${effective} the accounts named below will be disabled permanently. From then on none of their API keys will work, for any service.",
            "On ${effective} some accounts will be disabled permanently.",
        ),
        "postponed": (
            "The permanent disabling of your account is postponed to ${effective}",
            "The permanent disabling that we told you about takes place later than announced.",
            "The announced permanent disabling of some accounts takes place later.",
        ),
        "in_effect": (
            "Account permanently disabled",
            "The accounts named below have been disabled permanently. None of their API keys works any more, for any service.",
            "Some accounts have been disabled permanently.",
        ),
        "lifted": (
            "Account no longer disabled",
            "The permanent disabling has been taken back: the accounts named below can be used again.",
            "Some accounts that had been disabled can be used again.",
        ),
        "withdrawn": (
            "The permanent disabling of your account has been called off",
            "The permanent disabling that we told you about will not take place. The accounts named below go on as before.",
            "The announced permanent disabling of some accounts has been called off.",
        ),
        "ahead": "Until then nothing changes. Afterwards you will still be able to sign in and read notices and the state of your accounts. If you think that we are mistaken, tell support before that day, with whatever shows it; it will be looked at by a person.",
        "now": "You can still sign in and read notices and the state of your accounts. If you think that we are mistaken, tell support, with whatever shows it; it will be looked at by a person.",
        "without": ["For how long: ${until}"],
    },
    "amendment": {
        "figure": "New version: ${version}",
        "announced": (
            "Our agreement changes on ${effective}",
            "On ${effective} a new version of our agreement comes into force for the accounts named below.",
            "On ${effective} a new version of our agreement comes into force.",
        ),
        "postponed": (
            "The new agreement is postponed to ${effective}",
            "The new version of our agreement comes into force later than we told you.",
            "The new version of our agreement comes into force later than announced.",
        ),
        "in_effect": (
            "A new version of our agreement is in force",
            "The new version of our agreement is now in force for the accounts named below.",
            "The new version of our agreement is now in force.",
        ),
        "withdrawn": (
            "The new agreement has been called off",
            "The new version of our agreement will not come into force. The one that you have now goes on.",
            "The announced new version of our agreement will not come into force.",
        ),
        "ahead": "Until then the version that you have now goes on. Please read the new one; you will find it, with what is different, when you sign in. You may accept it ahead of that day. If you do not agree, an owner of the account may object there before that day: services to that account then stop when the new version comes into force, until the objection is taken back. Whoever goes on using the services after that day accepts the new version by doing so.",
        "now": "Whoever goes on using the services accepts the new version by doing so. You can read every version that you accepted when you sign in. If you do not agree, an owner of the account may stop using the services and close it.",
        "without": ["For how long: ${until}"],
    },
    "incident": {
        "matter": "What happened: ${title}",
        "in_effect": (
            "Incident: ${title}",
            "An incident concerns ${service}. We are working on it; until it is over, requests may be slow or fail.",
            "An incident concerns ${service}. We are working on it; until it is over, requests may be slow or fail.",
        ),
        "lifted": (
            "Resolved: ${title}",
            "The incident that concerned ${service} is over.",
            "The incident that concerned ${service} is over.",
        ),
        "withdrawn": (
            "No incident: ${title}",
            "We told you of an incident with ${service}. It has turned out not to be one.",
            "The incident reported with ${service} has turned out not to be one.",
        ),
        "now": "There is nothing that you have to do. Requests that failed can be sent again when it is over; we will tell you.",
        "sms": ". Details: ${url}",
        "public_ask": "",
    },
}

ALL_IS_WELL = "There is nothing that you have to do."
