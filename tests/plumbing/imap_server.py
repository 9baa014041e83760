"""A mailbox by IMAP on loopback: as much of RFC 3501 as reading new mail takes."""

import re
import socketserver
import threading

PASSWORD = "word"


class ImapServer:
    """`mails` are its messages by UID; `seen` those that are marked as read."""

    def __init__(self, mails):
        self.mails = dict(enumerate(mails, 1))
        self.seen, self.password = set(), PASSWORD
        box = self

        class Line(socketserver.StreamRequestHandler):
            def say(self, *lines):
                for line in lines:
                    self.wfile.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

            def handle(self):
                self.say("* OK ready")
                while raw := self.rfile.readline():
                    tag, _blank, command = raw.decode().strip().partition(" ")
                    if not box.answer(self, command):
                        self.say(f"{tag} NO refused")
                        continue
                    self.say(f"{tag} OK done")
                    if command.upper() == "LOGOUT":
                        return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def answer(self, line, command):
        if command.startswith("CAPABILITY"):
            line.say("* CAPABILITY IMAP4rev1")
        elif found := re.fullmatch(r"LOGIN \S+ \"?([^\"]*)\"?", command):
            return found[1] == self.password
        elif command.startswith("SELECT"):
            line.say(f"* {len(self.mails)} EXISTS")
        elif command == "UID SEARCH UNSEEN":
            line.say("* SEARCH " + " ".join(str(n) for n in self.mails if n not in self.seen))
        elif found := re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
            raw = self.mails[int(found[1])][: int(found[2])]
            line.say(f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(raw)}}}", raw + b")")
        elif found := re.fullmatch(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", command):
            self.seen.add(int(found[1]))
        elif command.startswith("LOGOUT"):
            line.say("* BYE")
        else:
            return False
        return True

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
