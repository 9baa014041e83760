"""Reading variables from the environment and from .env."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

CHECKOUT = Path(__file__).resolve().parents[2]


class Environment(environ.Env):
    """As django-environ's, but a value that cannot be read is refused by a sentence."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Raise ImproperlyConfigured, naming the variable, when its value makes no sense."""
        try:
            return super().get_value(var, *args, **kwargs)
        except (ValueError, TypeError):
            # The value stays out of the sentence: it may be a secret.
            raise ImproperlyConfigured(f"{var} has a value that makes no sense there.") from None


env = Environment()
# Variables that are set already win over the file.
env_file = Path(os.environ.get("ENV_FILE") or CHECKOUT / ".env")
if env_file.is_file():
    env.read_env(env_file)
