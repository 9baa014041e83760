"""The language that commands speak: that of the terminal, not that of the site."""

from collections.abc import Mapping


def terminal_language(environment: Mapping[str, str]) -> str:
    """`zh-hans` for a terminal set to Chinese, `en` for every other."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # the first that is set counts, by POSIX
        if environment.get(name):
            return "zh-hans" if environment[name].startswith("zh") else "en"
    return "en"
