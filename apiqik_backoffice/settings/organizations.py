"""How many organizations and API keys there may be, so that nobody makes them by the thousand."""

from apiqik_backoffice.settings.environment import env

# Organizations that one person opens within 24 hours.
ORGANIZATIONS_PER_DAY: int = env.int("ORGANIZATIONS_PER_DAY", default=5)
# Invitations of one organization: open at a time, and sent within 24 hours by one person.
INVITATIONS_OPEN: int = env.int("INVITATIONS_OPEN", default=100)
INVITATIONS_PER_DAY: int = env.int("INVITATIONS_PER_DAY", default=50)
# Keys of one account that work.
API_KEYS_PER_ACCOUNT: int = env.int("API_KEYS_PER_ACCOUNT", default=50)
