"""A small mail server that offers PIPELINING and misbehaves on demand.

In a thread for tests, where `messages` keeps what came; as a process of its own for
measurements (`python -m tests.plumbing.mail_sink`), where what came is counted.
"""

import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Rules:
    """What it does. `refuse` maps recipients to the answer they get; it hangs up after
    `messages_a_line`, or `vanishes` after so many messages without a word about the last."""

    pipelining: bool = True
    refuse: dict = field(default_factory=dict)
    messages_a_line: int = 0
    vanishes: int = 0
    wants_message_anyway: bool = False
    keeps: bool = True
    password: str = ""


class Line(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def handle(self):
        sink, rules = self.server.sink, self.server.sink.rules
        sink.lines += 1
        self.say("220 sink")
        sender, recipient, taken = "", "", 0
        while raw := self.rfile.readline():
            word = raw[:4].upper()
            if word == b"MAIL":
                if rules.messages_a_line and taken >= rules.messages_a_line:
                    self.say("421 4.7.0 too many messages on this line")
                    return
                sender, recipient = raw[raw.index(b"<") + 1 : raw.index(b">")].decode(), ""
                self.say("250 2.1.0 ok")
            elif word == b"RCPT":
                found = raw[raw.index(b"<") + 1 : raw.index(b">")].decode()
                refusal = rules.refuse.get(found)
                recipient = "" if refusal else found
                self.say(refusal or "250 2.1.5 ok")
            elif word == b"DATA":
                if not recipient and not rules.wants_message_anyway:
                    self.say("503 5.5.1 no recipient")
                    continue
                self.say("354 go on")
                content = self.message()
                if content is None:
                    return
                if not recipient:
                    self.say("554 5.5.1 no recipient")
                    continue
                taken += 1
                sink.take(sender, recipient, content)
                if rules.vanishes and sink.count >= rules.vanishes:
                    rules.vanishes = 0
                    return
                self.say(f"250 2.0.0 queued as {sink.count}")
            elif word == b"EHLO":
                offers = [*(["PIPELINING"] if rules.pipelining else []), "8BITMIME"]
                offers += ["AUTH PLAIN"] if rules.password else []
                self.say("250-sink", *(f"250-{one}" for one in offers), "250 HELP")
            elif word == b"AUTH":
                self.say("235 ok" if sink.knows(raw) else "535 5.7.8 who are you")
            elif word == b"VRFY":
                self.say(f"252 {sink.count}")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def message(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None  # the line broke: no message
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64


class Sink:
    """`with Sink(Rules()) as sink:` answers at `127.0.0.1:sink.port`."""

    def __init__(self, rules=None, port=0):
        self.rules = rules or Rules()
        self.messages, self.count, self.lines = [], 0, 0
        self._lock = threading.Lock()
        self.server = Server(("127.0.0.1", port), Line)
        self.server.sink = self
        self.port = self.server.server_address[1]

    def take(self, sender, recipient, content):
        with self._lock:
            self.count += 1
            if self.rules.keeps:
                self.messages.append((sender, recipient, content))

    def knows(self, raw):
        from base64 import b64decode

        return b64decode(raw.split()[2]).split(b"\0")[-1].decode() == self.rules.password

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def main():
    """Until it is ended: prints its port, then answers."""
    sink = Sink(Rules(keeps=False))
    print(sink.port, flush=True)
    sink.server.serve_forever()


if __name__ == "__main__":
    main()
