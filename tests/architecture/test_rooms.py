"""Rules and models do not know how they are reached: no requests, no REST, no Celery."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("common", "accounts", "notices", "billing", "compliance")
# Rooms that face a browser, a gateway or a worker.
OUTWARD = {"admin", "api", "forms", "management", "middleware", "migrations", "pages", "tasks"}
OUTWARD |= {"templatetags", "urls", "views", "adapters", "context_processors"}
FORBIDDEN = ("celery", "rest_framework", "django.http", "django.shortcuts")
# The one place that publishes wake-ups, and allauth's adapter.
EXCEPTIONS = {"common/wakeups.py", "accounts/sign_in.py"}


def rules_and_models() -> list[str]:
    files = (file.relative_to(ROOT) for app in APPS for file in (ROOT / app).rglob("*.py"))
    inward = (f for f in files if not OUTWARD & {part.removesuffix(".py") for part in f.parts})
    return sorted(str(file) for file in inward if str(file) not in EXCEPTIONS)


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


@pytest.mark.parametrize("file", rules_and_models())
def test_rules_and_models_know_no_requests_and_no_celery(file):
    names = imported(ROOT / file)
    assert not [n for n in names if any(n == f or n.startswith(f + ".") for f in FORBIDDEN)]
