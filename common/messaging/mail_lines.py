"""A line to a mail server that stays open, and on which answers are not waited for one by one.

Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go in one write, together
with the end of the message before: one round trip a message instead of four.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

TIMEOUT_SECONDS = 10
# Our own, as the server's would be for a message it never takes.
UNWRITABLE = 554
AT_ONCE = 8192
LONGEST_ANSWER = 64 * 1024
# What MAIL, RCPT and DATA are nearly always answered with, at once.
ALL_TAKEN = re.compile(rb"2\d\d [^\n]*\n2\d\d [^\n]*\n354 [^\n]*\n")


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
        smtp, answered = self.smtp, list[Reply]()
        assert smtp is not None  # `ready` was called
        handed_over = False  # a message whose answer has not been read
        try:
            talk = _Talk(smtp)
            talk.announce(envelopes[0])
            for number, envelope in enumerate(envelopes):
                # Made while the server still has the message before.
                message = _built(envelope)
                if handed_over:
                    answered.append(talk.reply())
                    handed_over = False
                if isinstance(message, Reply):
                    self.close()
                    return [*answered, message]
                refusal = talk.refusal(envelope)
                last = number + 1 == len(envelopes) or monotonic() > until
                following = None if last else envelopes[number + 1]
                handed_over = refusal is None
                talk.write(message if handed_over else b"RSET\r\n", following)
                if refusal is not None:
                    talk.reply()
                    answered.append(refusal)
                if last:
                    break
            if handed_over:
                answered.append(talk.reply())
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            if handed_over:
                answered.append(Reply(code=0, text=str(error), in_doubt=True, error=_name(error)))
        return answered


def _built(envelope: Envelope) -> bytes | Reply:
    """The message ready to be written, or why it cannot be."""
    try:
        return _ended(envelope.build())
    except ValueError as error:  # such as half a character
        return Reply(code=UNWRITABLE, text=str(error), error=_name(error))


class _Talk:
    """What is said and answered on a line that is open."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        if smtp.sock is None:
            raise smtplib.SMTPServerDisconnected("the line is closed")
        self._socket = smtp.sock
        self._pipelines = smtp.has_extn("pipelining")
        self._read = b""

    def announce(self, envelope: Envelope) -> None:
        """The commands before its message, where they need not be waited for."""
        if self._pipelines:
            self._socket.sendall(_commands(envelope))

    def write(self, raw: bytes, following: Envelope | None) -> None:
        """With the commands of the envelope that follows."""
        if following is not None and self._pipelines:
            raw += _commands(following)
        self._socket.sendall(raw)

    def reply(self) -> Reply:
        """The next answer of the server, of one line or several. Raises `OSError` and
        `smtplib.SMTPException` when none comes, or it says that it hangs up."""
        texts: list[bytes] = []
        while True:
            line = self._line()
            texts.append(line[4:].strip())
            if line[3:4] != b"-":
                break
        code = int(line[:3]) if line[:3].isdigit() else -1
        text = b"\n".join(texts).decode(errors="replace")
        if code == 421:  # it hangs up after this
            raise smtplib.SMTPServerDisconnected(text[:200])
        return Reply(code=code, text=text[:500])

    def _line(self) -> bytes:
        """By a buffer of our own: the file that `smtplib` reads from costs more than all else."""
        while (end := self._read.find(b"\n")) < 0:
            more = self._socket.recv(AT_ONCE)
            if not more:
                raise smtplib.SMTPServerDisconnected("the line was closed")
            self._read += more
            if len(self._read) > LONGEST_ANSWER:
                raise smtplib.SMTPServerDisconnected("the answer is too long")
        line, self._read = self._read[:end], self._read[end + 1 :]
        return line

    def refusal(self, envelope: Envelope) -> Reply | None:
        """None when all three commands were taken and the server waits for the message."""
        if not self._pipelines:
            return self._refusal_step_by_step(envelope)
        if taken := ALL_TAKEN.match(self._read):
            self._read = self._read[taken.end() :]
            return None
        mail, recipient, data = self.reply(), self.reply(), self.reply()
        refused = next((one for one in (mail, recipient) if not 200 <= one.code < 300), None)
        if refused is None:
            return None if data.code == 354 else data
        if data.code == 354:  # it wants a message all the same: an empty one, which it refuses
            self._socket.sendall(b".\r\n")
            self.reply()
        return refused

    def _refusal_step_by_step(self, envelope: Envelope) -> Reply | None:
        """The same where each command waits for its answer."""
        for command in _commands(envelope).splitlines(keepends=True):
            self._socket.sendall(command)
            said = self.reply()
            if not (200 <= said.code < 300 or said.code == 354):
                return said
        return None


def _name(error: Exception) -> str:
    return type(error).__name__


def _commands(envelope: Envelope) -> bytes:
    return (f"MAIL FROM:<{envelope.sender}>\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n").encode(
        "ascii"
    )


def _ended(message: bytes) -> bytes:
    """With a dot more where a line begins with one (RFC 5321, 4.5.2), and the last dot."""
    # Base64, which most of a letter is, has no dots and need not be looked through.
    dotted = message[: message.rfind(b".") + 1]
    if dotted.startswith(b".") or b"\n." in dotted:
        message = (b"\r\n" + message).replace(b"\n.", b"\n..")[2:]
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")
