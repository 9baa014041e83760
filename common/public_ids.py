"""Opaque public identifiers: `acc_7k2m…`, shown to people and other systems.

They say what kind of thing they name and nothing else: no count, no date, no
neighbour to guess. The alphabet leaves out letters that are misread (i, l, o, u).
"""

import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
RANDOM_CHARACTERS = 20  # 100 bits: guessing one is hopeless, colliding likewise


def new_public_id(prefix: str) -> str:
    """A new identifier such as `acc_` and 20 random characters."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
