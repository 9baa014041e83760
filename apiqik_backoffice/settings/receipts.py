"""How long providers are given to say what became of a message."""

from datetime import timedelta

from apiqik_backoffice.settings.environment import env

# After an acceptance, when nothing was said of it: then the provider is asked.
RECEIPTS_ASKED_FOR_AFTER = timedelta(
    seconds=env.int("RECEIPTS_ASKED_FOR_AFTER_SECONDS", default=600)
)
# From the attempt on; then it is taken for expired.
RECEIPTS_WAITED_FOR = timedelta(hours=env.int("RECEIPTS_WAITED_FOR_HOURS", default=72))
# From when a message was written on, if it could not be sent in all that time.
MESSAGES_LIVE_FOR = timedelta(hours=env.int("MESSAGES_LIVE_FOR_HOURS", default=168))
