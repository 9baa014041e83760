"""Addresses of organizations, members, transfers, activity, API keys and label exemptions."""

from django.urls import path

from accounts.pages import (
    account_activity,
    api_keys,
    invitations,
    label_exemptions,
    members,
    organizations,
    transfers,
)
from accounts.pages import converters as converters  # registers itself

OWN = "account/<public_id:public_id>/"
ONE, KEY = f"{OWN}members/<public_id:person>/", f"{OWN}keys/<public_id:key>/"
LABELS = f"{OWN}labels/"
INVITED = f"{OWN}invitations/<public_id:invitation>/"

urlpatterns = [
    path("organizations/new/", organizations.new, name="new_organization"),
    path("invitation/<str:token>/", invitations.accept, name="invitation"),
    path(f"{OWN}roles/", organizations.table_of_roles, name="roles"),
    path(f"{OWN}members/", members.index, name="members"),
    path(f"{OWN}members/invite/", members.invite, name="invite"),
    path(f"{OWN}members/leave/", members.leave, name="leave_account"),
    path(ONE, members.member, name="member"),
    path(f"{ONE}remove/", members.remove, name="remove_member"),
    path(f"{INVITED}again/", members.send_again, name="send_invitation_again"),
    path(f"{INVITED}withdraw/", members.withdraw, name="withdraw_invitation"),
    path(f"{OWN}transfers/", transfers.index, name="transfers"),
    path(f"{OWN}transfers/ownership/", transfers.ownership, name="transfer_ownership"),
    path(f"{OWN}transfers/<public_id:transfer>/", transfers.act, name="transfer"),
    path(f"{OWN}activity/", account_activity.index, name="activity"),
    path(f"{OWN}activity/file/", account_activity.download, name="activity_file"),
    path(f"{OWN}keys/", api_keys.index, name="api_keys"),
    path(f"{OWN}keys/new/", api_keys.new, name="new_api_key"),
    path(f"{KEY}rotate/", api_keys.rotate, name="rotate_api_key"),
    path(f"{KEY}revoke/", api_keys.revoke, name="revoke_api_key"),
    path(f"{KEY}hand-over/", api_keys.hand_over, name="hand_over_api_key"),
    path(LABELS, label_exemptions.index, name="label_exemptions"),
    path(f"{LABELS}apply/", label_exemptions.apply, name="ask_for_label_exemption"),
    path(
        f"{LABELS}applications/<public_id:application>/withdraw/",
        label_exemptions.withdraw,
        name="withdraw_label_application",
    ),
    path(
        f"{LABELS}<public_id:exemption>/give-up/",
        label_exemptions.give_up,
        name="give_up_label_exemption",
    ),
]
