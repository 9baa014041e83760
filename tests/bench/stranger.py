"""A visitor who wants to know from the time of an answer whether a number has an account.

`python -m tests.bench.stranger PAGE TURNS` asks the page about numbers that sign in and
numbers nobody has, one after the other, and prints the seconds of both as JSON. A process
of its own, because settings are one per process.
"""

import json
import sys
import time
from pathlib import Path

# Address, field, what else is sent, and the answer that is measured.
PAGES = {
    "sign_in": ("/accounts/login/", "login", {"password": "not the password"}, 200),
    "sign_up": ("/accounts/signup/", "phone", {}, 302),
}
DATA = Path(__file__).resolve().parents[1] / "data"
# Numbers that operators gave to nobody here: the benchmark's people have others.
NOBODYS = 13_900_000_000


def measured(page: str, turns: int) -> dict[str, list[float]]:
    """Seconds of each answer, to known and to unknown numbers, taken by turns."""
    from django.contrib.auth.hashers import make_password
    from django.test import Client

    from accounts.models import User

    path, field, more, status = PAGES[page]
    publish_terms()
    client = Client()
    people = [*User.objects.filter(phone__startswith="+861").order_by("-pk")[: turns + 2]]
    User.objects.filter(pk__in=[one.pk for one in people]).update(
        password=make_password("correct horse battery")
    )
    seconds: dict[str, list[float]] = {"known": [], "unknown": []}
    for turn, person in enumerate(people):
        pair = [("known", person.phone), ("unknown", f"+86{NOBODYS + turn}")]
        for kind, phone in pair if turn % 2 else reversed(pair):
            began = time.perf_counter()
            answer = client.post(path, {field: phone, **more})
            seconds[kind].append(time.perf_counter() - began)
            assert answer.status_code == status, (phone, answer.status_code)
    # The first answers also load what is loaded once.
    return {kind: its[2:] for kind, its in seconds.items()}


def publish_terms() -> None:
    """Without terms no account is opened."""
    from accounts import agreements, consent
    from accounts.models import AgreementVersion

    if consent.current_terms() is None:
        number = AgreementVersion.objects.filter(document__slug=consent.TERMS).count() + 1
        source = (DATA / "agreement-en.txt").read_bytes()
        agreements.import_text(
            slug=consent.TERMS, source=source, number=number, language="en", publish=True
        )


def main() -> None:
    import django

    django.setup()
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]))))


if __name__ == "__main__":
    main()
