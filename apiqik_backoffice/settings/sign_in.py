"""How people sign in: django-allauth, phone and password, a second factor for staff."""

from django.core.exceptions import ImproperlyConfigured

from apiqik_backoffice.settings.environment import env
from apiqik_backoffice.settings.login_providers import allauth_settings, login_providers

ACCOUNT_ADAPTER = "accounts.sign_in.SignInAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# Ten minutes: long enough for a slow SMS, short enough to be useless in a stolen inbox.
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = 600
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
# Digits: phones show a number pad and fill them in by themselves.
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 30 * 60
# Attempts are counted in the cache, which all processes must share.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # Clause 1.2.4: five wrong passwords lock the number for five minutes.
    "login_failed": "10/m/ip,5/300s/key",
    "verify_phone": "1/30s/key,6/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    # Ours, counted by the same means.
    "reset": "20/h/ip",
    "recovery": "10/h/ip",
    "recovery_stop": "30/h/ip",
    "connect_login": "20/h/user",
    "contact_email": "5/h/user",
    "invitation": "20/m/ip",
    # Links of invitations into organizations, opened: nobody guesses one.
    "join": "30/m/ip",
    "sign_up": "30/m/ip",
    # The live meter of a password being typed.
    "password_strength": "120/m/ip",
    "guardian": "20/m/ip",
    # Of people without an account, by address and by network (compliance.pages.limits).
    "report": "10/d/key",
    "report_network": "60/d/key",
    # Receipt numbers that are none.
    "receipt": "20/d/key",
    "receipt_network": "200/d/key",
    "objection": "5/d/key",
    "objection_network": "30/d/key",
    # Of a customer, whichever account it is for.
    "customer_report": "20/d/user",
}
# How long the holder can stop an approved change of phone, in days. At least one.
PHONE_RECOVERY_WAITING_DAYS = env.int("PHONE_RECOVERY_WAITING_DAYS", default=7)
if PHONE_RECOVERY_WAITING_DAYS < 1:
    raise ImproperlyConfigured("PHONE_RECOVERY_WAITING_DAYS is at least 1.")
# Ages in years (1.1, 1.2.8(a)): below the first a guardian consents to the account, below the
# second also to the processing of a child's data (PIPL, article 31).
ADULT_AGE = env.int("ADULT_AGE", default=18)
CHILD_AGE = env.int("CHILD_AGE", default=14)
CHILDREN_MAY_SIGN_UP = env.bool("CHILDREN_MAY_SIGN_UP", default=True)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

MFA_ADAPTER = "accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "apiqik"
# One step of 30 seconds either way, for phones whose clock is a little off.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "accounts.pages.forms.AuthenticateForm",
    "reauthenticate": "accounts.pages.forms.ReauthenticateForm",
}
USERSESSIONS_TRACK_ACTIVITY = True

# Logins elsewhere, for accounts that are open already (clause 1.2.3).
LOGIN_PROVIDERS = login_providers(
    env.json("LOGIN_PROVIDERS") if env.str("LOGIN_PROVIDERS", default="") else []
)
SOCIALACCOUNT_PROVIDERS = allauth_settings(LOGIN_PROVIDERS)
SOCIALACCOUNT_ADAPTER = "accounts.pages.connected_sign_in.ConnectedSignInAdapter"
# In plain text, allauth would keep them; ours are encrypted (accounts.connected_logins).
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
