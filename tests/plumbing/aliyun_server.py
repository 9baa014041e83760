"""Alibaba Cloud's SMS service on loopback, in the documented format, misbehaving on demand.

It checks what every call is signed with: version, action, key and a signature over the request.
"""

import hashlib
import hmac
import json
import re
import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, urlsplit


class AliyunServer:
    """`keys` are those it knows; `answers` maps a number to the code or the misbehaviour it
    gets: an error code, a status as ("Throttling.User", 503), "silence" or "accept, silence"."""

    def __init__(self):
        self.keys = {"key-id": "key-secret"}
        self.answers, self.sent, self.calls = {}, [], []
        self.details, self.templates = [], {}
        self.now = None
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.endpoint = f"127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
                with service._lock:
                    status, answer = service.answer(self.headers, self.path, body, given)
                if status == 0:
                    self.close_connection = True
                    return
                raw = json.dumps(answer).encode()
                self.send_response_only(status)
                date = formatdate(service.now.timestamp() if service.now else None, usegmt=True)
                self.send_header("Date", date)
                self.send_header("Content-Type", "application/json;charset=utf-8")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args):
                pass

        return Handler

    def answer(self, headers, path, body, given):
        action = headers["x-acs-action"]
        self.calls.append((action, given))
        refusal = self._refusal(headers, path, body)
        if refusal:
            return 400, said(refusal)
        act = {
            "SendSms": self._send,
            "QuerySendDetails": self._details,
            "QuerySmsTemplate": self._template,
        }[action]
        return act(given)

    def _refusal(self, headers, path, body):
        if headers["x-acs-version"] != "2017-05-25":
            return "InvalidVersion"
        found = re.fullmatch(
            r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]+)",
            headers["Authorization"] or "",
        )
        if not found or found[1] not in self.keys:
            return "InvalidAccessKeyId.NotFound"
        pairs = sorted(parse_qsl(urlsplit(path).query, keep_blank_values=True))
        query = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in pairs)
        signed = "".join(f"{name}:{headers[name].strip()}\n" for name in found[2].split(";"))
        payload = hashlib.sha256(body).hexdigest()
        canonical = f"POST\n/\n{query}\n{signed}\n{found[2]}\n{payload}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        right = hmac.new(self.keys[found[1]].encode(), text.encode(), hashlib.sha256)
        return "" if right.hexdigest() == found[3] else "SignatureDoesNotMatch"

    def _send(self, given):
        number = given["PhoneNumbers"]
        planned = self.answers.get(number, "OK")
        if planned == "silence":
            return 0, {}
        if isinstance(planned, tuple):
            return planned[1], said(planned[0])
        if planned not in ("OK", "accept, silence"):
            return 200, said(planned)
        biz_id = f"9006193{len(self.sent):013}^0"
        self.sent.append({**given, "BizId": biz_id})
        if planned == "accept, silence":
            return 0, {}
        return 200, {**said("OK"), "BizId": biz_id}

    def _details(self, given):
        rows = [
            row
            for row in self.details
            if row["PhoneNum"] == given["PhoneNumber"]
            and row["SendDate"].replace("-", "").startswith(given["SendDate"])
        ]
        size, page = int(given["PageSize"]), int(given["CurrentPage"])
        shown = rows[size * (page - 1) : size * page]
        return 200, {
            **said("OK"),
            "TotalCount": str(len(rows)),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown},
        }

    def _template(self, given):
        found = self.templates.get(given["TemplateCode"])
        return 200, {**said("OK"), **found} if found else said("isv.SMS_TEMPLATE_ILLEGAL")


def said(code):
    return {"Code": code, "Message": code, "RequestId": "819BE656-D2E0-4858-8B21-B2E477085AAF"}
