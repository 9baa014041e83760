"""Sends ready letters in a process of its own, as others would: by `smtplib`, by `django`'s
`send_messages`, by one `celery` task each, by `post_office`.

    python -m tests.bench.mailer smtplib letters.pickle

Reads one JSON object a line, does what it says and answers the seconds it took.
"""

import contextlib
import json
import os
import pickle
import smtplib
import subprocess
import sys
import tempfile
import time
from email.utils import parseaddr
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SENDER = "apiqik <no-reply@example.com>"
SETTINGS = {"post_office": "tests.bench.post_office_settings"}
AT_ONCE = 500


class Mailer:
    """One process of a variant; close it at the end."""

    def __init__(self, variant: str, letters: Path, *, smtp: int, **extra: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed at the end
        settings = SETTINGS.get(variant, "tests.bench.mailer_settings")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.mailer", variant, str(letters)],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings, "BENCH_SMTP": str(smtp)} | extra,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def seconds(self, verb: str, **values: Any) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"verb": verb, **values}) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"A mailer ended:\n{self._log.read()[-3000:]}")
        return float(line)

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()
        self._log.close()


# -- within the process --------------------------------------------------------------------


class Letters:
    """The same letters over and over: (address, subject, text, HTML, the whole message)."""

    def __init__(self, path: str) -> None:
        # Written by the benchmark itself a moment ago.
        self._all = pickle.loads(Path(path).read_bytes())  # noqa: S301

    def some(self, count: int) -> list[tuple[str, str, str, str, bytes]]:
        return [self._all[number % len(self._all)] for number in range(count)]


class Smtplib:
    """One connection that stays open, and bytes that are ready."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self.line = smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP"]))

    def send(self, count: int) -> None:
        sender = parseaddr(SENDER)[1]
        for address, _subject, _text, _html, raw in self.letters.some(count):
            self.line.sendmail(sender, [address], raw)


def _email(letter: tuple[str, str, str, str, bytes]) -> Any:
    from django.core.mail import EmailMultiAlternatives

    address, subject, text, html, _raw = letter
    email = EmailMultiAlternatives(subject, text, SENDER, [address])
    email.attach_alternative(html, "text/html")
    return email


class Django:
    def __init__(self, letters: Letters) -> None:
        from django.core.mail import get_connection

        self.letters = letters
        self.connection = get_connection()
        self.connection.open()

    def send(self, count: int) -> None:
        letters = self.letters.some(count)
        for first in range(0, count, AT_ONCE):
            emails = [_email(one) for one in letters[first : first + AT_ONCE]]
            assert self.connection.send_messages(emails) == len(emails)


class Celery:
    """`send` returns once the workers have sent all of it."""

    def __init__(self, letters: Letters) -> None:
        from tests.bench.mailer_tasks import app, send_one

        self.letters, self.task = letters, send_one
        self.worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "tests.bench.mailer_tasks", "worker"),
                *("-c", str(os.cpu_count()), "-l", "error", "--without-gossip"),
            ],
            cwd=ROOT,
            env=os.environ,
            stdout=subprocess.DEVNULL,
        )
        self.app = app
        while not app.control.ping(timeout=0.5):
            if self.worker.poll() is not None:
                raise RuntimeError("The Celery worker ended.")

    def send(self, count: int) -> None:
        done = sent_so_far() + count
        with self.app.producer_or_acquire() as producer:
            for address, subject, text, html, _raw in self.letters.some(count):
                self.task.apply_async((address, subject, text, html), producer=producer)
        while sent_so_far() < done:
            time.sleep(0.005)

    def close(self) -> None:
        self.worker.terminate()
        self.worker.wait(timeout=60)


def sent_so_far() -> int:
    """How many messages the sink has taken."""
    with smtplib.SMTP("127.0.0.1", int(os.environ["BENCH_SMTP"])) as line:
        return int(line.docmd("VRFY", "count")[1].split()[-1])


class PostOffice:
    def __init__(self, letters: Letters) -> None:
        from django.core.management import call_command

        self.letters = letters
        call_command("migrate", verbosity=0)

    def prepare(self, count: int) -> None:
        """What is queued stands ready, as our deliveries do."""
        from post_office import mail

        for first in range(0, count, AT_ONCE):
            some = self.letters.some(count)[first : first + AT_ONCE]
            mail.send_many(
                [
                    {
                        "recipients": address,
                        "sender": SENDER,
                        "subject": subject,
                        "message": text,
                        "html_message": html,
                    }
                    for address, subject, text, html, _raw in some
                ]
            )

    def send(self, count: int) -> None:
        from post_office.mail import send_queued

        sent = 0
        while sent < count:
            done, failed, again = send_queued()
            assert done
            assert (failed, again) == (0, 0)
            sent += done


VARIANTS = {"smtplib": Smtplib, "django": Django, "celery": Celery, "post_office": PostOffice}


def main(variant: str, letters: str) -> None:
    import django

    django.setup()
    made: Any = VARIANTS[variant](Letters(letters))
    try:
        for line in sys.stdin:
            values = json.loads(line)
            act = getattr(made, values.pop("verb"))
            began = time.perf_counter()
            act(**values)
            print(time.perf_counter() - began, flush=True)
    finally:
        if hasattr(made, "close"):
            made.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
