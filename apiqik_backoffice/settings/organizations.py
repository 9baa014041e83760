"""Bounds of what accounts have: organizations, API keys, label exemptions."""

from apiqik_backoffice.settings.environment import env

# Organizations that one person opens within 24 hours.
ORGANIZATIONS_PER_DAY: int = env.int("ORGANIZATIONS_PER_DAY", default=5)
# Invitations of one organization: open at a time, and sent within 24 hours by one person.
INVITATIONS_OPEN: int = env.int("INVITATIONS_OPEN", default=100)
INVITATIONS_PER_DAY: int = env.int("INVITATIONS_PER_DAY", default=50)
# Keys of one account that work.
API_KEYS_PER_ACCOUNT: int = env.int("API_KEYS_PER_ACCOUNT", default=50)
# For how many days an exemption from the explicit AI label is granted at most (clause 3.6.2).
LABEL_EXEMPTION_MOST_DAYS: int = env.int("LABEL_EXEMPTION_MOST_DAYS", default=365)
