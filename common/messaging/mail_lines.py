"""A line to a mail server that stays open, and on which answers are not waited for one by one.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go in one write, together
with the end of the message before: one round trip a message instead of four.
"""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

TIMEOUT_SECONDS = 10
# Our own, as the server's would be for a message it never takes.
UNWRITABLE = 554


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """`build` makes the message, with CRLF, while the server reads the envelope."""

    sender: str
    recipient: str
    build: Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one envelope. `code` is the server's; 0 when the line broke, `in_doubt`
    when that was after the message had been handed over."""

    code: int
    text: str
    in_doubt: bool = False
    error: str = ""


class MailLine:
    """Opened by the first use. Anything that goes wrong on it closes it."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: str = "",
        user: str = "",
        passwords: Sequence[str] = (),
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self.place = (host, port)
        self.security, self.user, self.passwords = security, user, passwords
        self.timeout = timeout
        self.smtp: smtplib.SMTP | None = None

    def ready(self) -> None:
        """Opens the line, or anew if the server has hung up. Raises `OSError` and
        `smtplib.SMTPException`."""
        if self.smtp is not None:
            try:
                if self.smtp.noop()[0] == 250:
                    return
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        smtp = self._connected()
        try:
            smtp.ehlo_or_helo_if_needed()
            if self.security == "tls":
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            if self.user:
                self._sign_in(smtp)
        except BaseException:
            smtp.close()
            raise
        self.smtp = smtp

    def _connected(self) -> smtplib.SMTP:
        if self.security == "ssl":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(*self.place, timeout=self.timeout, context=context)
        return smtplib.SMTP(*self.place, timeout=self.timeout)

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        """With the new password, or with the old one until the server knows the new."""
        for number, password in enumerate(self.passwords or [""]):
            try:
                smtp.login(self.user, password)
                return
            except smtplib.SMTPAuthenticationError:
                if number + 1 >= len(self.passwords):
                    raise

    def close(self) -> None:
        """Without a farewell, for which a server that hangs would not thank us."""
        if self.smtp is not None:
            self.smtp.close()
            self.smtp = None

    def hand_over(self, envelopes: Sequence[Envelope], *, until: float) -> list[Reply]:
        """A reply to each, in order, of as many as could be begun before `until` (monotonic)
        while the line held. One that was not begun has no reply and may be sent elsewhere."""
        smtp, replies = self.smtp, list[Reply]()
        assert smtp is not None  # `ready` was called
        wrote_message = False
        pipelines = smtp.has_extn("pipelining")
        try:
            if pipelines:
                _write(smtp, _commands(envelopes[0]))
            for number, envelope in enumerate(envelopes):
                wrote_message = False
                try:
                    message = _ended(envelope.build())
                except ValueError as error:  # such as half a character
                    self.close()
                    replies.append(Reply(code=UNWRITABLE, text=str(error), error=_name(error)))
                    break
                refusal = _refusal(smtp) if pipelines else _refusal_step_by_step(smtp, envelope)
                last = number + 1 == len(envelopes) or monotonic() > until
                following = b"" if last or not pipelines else _commands(envelopes[number + 1])
                if refusal is None:
                    wrote_message = True
                    _write(smtp, message + following)
                    replies.append(_reply(smtp))
                else:
                    _write(smtp, b"RSET\r\n" + following)
                    _reply(smtp)
                    replies.append(refusal)
                if last:
                    break
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            if wrote_message:
                replies.append(Reply(code=0, text=str(error), in_doubt=True, error=_name(error)))
        return replies


def _name(error: Exception) -> str:
    return type(error).__name__


def _commands(envelope: Envelope) -> bytes:
    return (f"MAIL FROM:<{envelope.sender}>\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n").encode(
        "ascii"
    )


def _ended(message: bytes) -> bytes:
    """With a dot more where a line begins with one (RFC 5321, 4.5.2), and the last dot."""
    if message.startswith(b".") or b"\n." in message:
        message = (b"\r\n" + message).replace(b"\n.", b"\n..")[2:]
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")


def _write(smtp: Any, raw: bytes) -> None:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("the line is closed")
    smtp.sock.sendall(raw)


def _reply(smtp: smtplib.SMTP) -> Reply:
    code, text = smtp.getreply()
    if code == 421:  # it hangs up after this
        raise smtplib.SMTPServerDisconnected(text.decode(errors="replace")[:200])
    return Reply(code=code, text=text.decode(errors="replace")[:500])


def _refusal(smtp: smtplib.SMTP) -> Reply | None:
    """None when all three commands were taken and the server waits for the message."""
    mail, recipient, data = _reply(smtp), _reply(smtp), _reply(smtp)
    refused = next((one for one in (mail, recipient) if not 200 <= one.code < 300), None)
    if refused is None:
        return None if data.code == 354 else data
    if data.code == 354:  # it wants a message all the same: an empty one, which it refuses
        _write(smtp, b".\r\n")
        _reply(smtp)
    return refused


def _refusal_step_by_step(smtp: smtplib.SMTP, envelope: Envelope) -> Reply | None:
    """The same where each command waits for its answer."""
    for command in _commands(envelope).splitlines(keepends=True):
        _write(smtp, command)
        said = _reply(smtp)
        if not (200 <= said.code < 300 or said.code == 354):
            return said
    return None
