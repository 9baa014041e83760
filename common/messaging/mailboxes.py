"""Where bounces are fetched: a mailbox by IMAP, or a Maildir folder that the mail server fills.

    {"host": "imap.example.com", "user": "bounces", "folder": "INBOX"}    # by TLS, port 993
    {"maildir": "/var/mail/bounces"}

What was read is marked as seen and stays there.
"""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from common.messaging.providers import MOST_BYTES, CannotAsk

TIMEOUT_SECONDS = 20
# At once; the next round fetches the rest.
MOST_MAILS = 500
SEEN = "S"

Take = Callable[[bytes], None]


def read(named: Mapping[str, Any], passwords: Sequence[str], take: Take) -> int:
    """Gives each new mail to `take`, then marks it as seen; the number of them. What `take`
    raises goes on to the caller, and that mail comes again. Raises `CannotAsk`."""
    if "maildir" in named:
        return _read_maildir(Path(named["maildir"]), take)
    try:
        return _read_imap(named, passwords, take)
    except (OSError, imaplib.IMAP4.error) as error:
        raise CannotAsk(f"The mailbox of bounces: {error}") from error


def _read_maildir(folder: Path, take: Take) -> int:
    if not folder.is_dir():
        raise CannotAsk(f"There is no folder {folder}.")
    mails, count = mailbox.Maildir(folder, factory=None, create=False), 0
    for key in sorted(mails.keys())[:]:
        if count == MOST_MAILS:
            break
        mail = mails[key]
        if SEEN in mail.get_flags():
            continue
        take(mails.get_bytes(key)[:MOST_BYTES])
        mail.set_subdir("cur")
        mail.add_flag(SEEN)
        mails[key] = mail
        count += 1
    return count


def _read_imap(named: Mapping[str, Any], passwords: Sequence[str], take: Take) -> int:
    with _opened(named) as line:
        _sign_in(line, named.get("user", ""), passwords)
        _demand(line.select(_quoted(named.get("folder", "INBOX"))))
        [found] = _demand(line.uid("SEARCH", "UNSEEN"))
        uids = (found or b"").split()[:MOST_MAILS]
        for uid in uids:
            # PEEK, for a plain FETCH would mark it before it is kept.
            parts = _demand(line.uid("FETCH", uid.decode(), f"(BODY.PEEK[]<0.{MOST_BYTES}>)"))
            for part in parts:
                if isinstance(part, tuple):
                    take(part[1])
            _demand(line.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)"))
        return len(uids)


def _opened(named: Mapping[str, Any]) -> imaplib.IMAP4:
    if named.get("security", "ssl") == "ssl":
        return imaplib.IMAP4_SSL(
            named["host"],
            int(named.get("port", 993)),
            ssl_context=ssl.create_default_context(),
            timeout=TIMEOUT_SECONDS,
        )
    line = imaplib.IMAP4(named["host"], int(named.get("port", 143)), timeout=TIMEOUT_SECONDS)
    if named["security"] == "tls":
        line.starttls(ssl.create_default_context())
    return line


def _sign_in(line: imaplib.IMAP4, user: str, passwords: Sequence[str]) -> None:
    """With the new password, or with the old one until the server knows the new."""
    for number, password in enumerate(passwords or [""]):
        try:
            line.login(user, password)
            return
        except imaplib.IMAP4.error:
            if number + 1 >= len(passwords):
                raise


def _demand(answer: tuple[str, list[Any]]) -> list[Any]:
    status, parts = answer
    if status != "OK":
        raise imaplib.IMAP4.error(f"{status} {parts!r:.200}")
    return parts


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
