"""SMS gateways on loopback that misbehave when told: full (429), away, or slow."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gateway:
    """One gateway on a port of its own. `mood` is a status to answer with, or `slow`; what it
    took is in `taken`, as the JSON that came."""

    def __init__(self, *, patience=60):
        self.mood = 200
        self.taken = []
        self.asked = 0
        self.released = threading.Event()
        self.patience = patience
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/messages"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def settings(self):
        return {
            "class": "common.messaging.http_gateway.HttpGateway",
            "channel": "sms",
            "secrets": ["token"],
            "options": {"url": self.url},
        }

    def answer_to(self, message):
        """The status, once it was decided whether the message is taken."""
        with self._lock:
            self.asked += 1
            mood = self.mood
            if mood in (200, "slow"):
                self.taken.append(message)
        if mood == "slow":
            self.released.wait(self.patience)
            return 200
        return mood

    def _handler(gateway):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                message = json.loads(self.rfile.read(length))
                status = gateway.answer_to(message)
                body = json.dumps({"reference": message["reference"]}).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # whoever asked did not wait

            def log_message(self, *words):
                pass

        return Handler
