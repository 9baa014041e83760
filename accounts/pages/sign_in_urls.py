"""The doors of allauth that are open in this step, one by one.

Not `allauth.urls`: it would also open e-mail addresses beside the contact e-mail, resets
by e-mail and changes of phone, which staff make (clause 1.2.6).
"""

from allauth.account import views
from django.urls import include, path

from accounts.pages import passwords

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("phone/verify/", views.verify_phone, name="account_verify_phone"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/help/", passwords.explain, name="password_help"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
