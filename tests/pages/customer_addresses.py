"""Every address of a customer's account, and what of the table of roles it takes."""

import re

from django.urls import get_resolver

from accounts.roles import May

# By name of the address. An address that is not here fails the tests of roles.
TAKES = {
    "account": May.READ,
    "account_services": May.READ,
    "account_name": May.RENAME,
    # Everybody may read what is asked of the account; agreeing is the owners'.
    "agree": May.READ,
    "answer_version": May.READ,
    "object_to_version": May.READ,
    "roles": May.READ,
    "members": May.READ,
    "invite": May.MANAGE_MEMBERS,
    "leave_account": May.READ,
    "close_account": May.CLOSE,
    "close_account_ask": May.CLOSE,
    "close_account_back": May.CLOSE,
    "member": May.MANAGE_MEMBERS,
    "remove_member": May.MANAGE_MEMBERS,
    "send_invitation_again": May.MANAGE_MEMBERS,
    "withdraw_invitation": May.MANAGE_MEMBERS,
    "transfers": May.READ,
    "transfer_ownership": May.TRANSFER,
    # Only those whom it concerns; others find none.
    "transfer": May.READ,
    "activity": May.READ_ACTIVITY,
    "activity_file": May.READ_ACTIVITY,
    "api_keys": May.USE_KEYS,
    "new_api_key": May.USE_KEYS,
    "rotate_api_key": May.USE_KEYS,
    "revoke_api_key": May.USE_KEYS,
    "hand_over_api_key": May.TRANSFER,
    "label_exemptions": May.READ,
    "ask_for_label_exemption": May.AGREE,
    "withdraw_label_application": May.AGREE,
    "give_up_label_exemption": May.AGREE,
    "money": May.SEE_MONEY,
    "money_usage": May.SEE_MONEY,
    "money_usage_file": May.SEE_MONEY,
    "money_charge": May.SEE_MONEY,
    "money_alert": May.HANDLE_MONEY,
    "money_refund": May.HANDLE_MONEY,
    "money_refund_withdraw": May.HANDLE_MONEY,
    "money_statement": May.HANDLE_MONEY,
    "money_statement_file": May.HANDLE_MONEY,
    "money_top_up": May.HANDLE_MONEY,
    "matters": May.ANSWER,
    "matter_inquiry": May.ANSWER,
    "matter_dispute": May.ANSWER,
    "interaction-grants": May.ANSWER,
    "interaction-grant-end": May.ANSWER,
    "deletion-certificates": May.ANSWER,
}
# Below an account, something that is not there: what else the address names.
OTHERS = {"int:number": "1", "slug:slug": "terms"}
NOTHING = "0" * 20


def addresses():
    """Each `(name, pattern)` below an account, by its public identifier."""
    for pattern in get_resolver().url_patterns:
        for one in getattr(pattern, "url_patterns", []):
            route = str(getattr(one, "pattern", ""))
            if re.match(r"(account|money)/<public_id:public_id>/", route):
                yield one.name, f"/{route}"


def filled(route, account):
    """The address of something in `account`; what else it names is not there."""
    address = route.replace("<public_id:public_id>", account)
    address = re.sub(r"<public_id:(\w+)>", lambda m: f"{m[1][:3]}_{NOTHING}", address)
    return re.sub(r"<([a-z]+:\w+)>", lambda m: OTHERS[m[1]], address)
