"""Addresses of receipts for providers that sign nothing: `/receipts/<name>/?key=…`.

The key is made of the provider's secret and opens nothing else. `manage.py receipt_addresses`
shows the whole addresses, to be entered at the provider; each of two live secrets has its own.
"""

import hmac
from hashlib import sha256

from common.messaging.providers import Config, NotGenuine, Posted

KEY_LENGTH = 40


def keys(config: Config) -> list[str]:
    """One for each secret, the new one's first."""
    return [_key(config.name, secret) for secret in config.secrets]


def demand(config: Config, posted: Posted) -> None:
    """Raises `NotGenuine` unless it came to an address with one of the keys."""
    given = posted.key.encode(errors="replace")
    # All of them are compared, so that time tells nothing.
    found = [hmac.compare_digest(key.encode(), given) for key in keys(config)]
    if not any(found):
        raise NotGenuine("The address has not the key of this provider.")


def _key(name: str, secret: str) -> str:
    message = f"receipts of {name}".encode()
    return hmac.new(secret.encode(), message, sha256).hexdigest()[:KEY_LENGTH]
