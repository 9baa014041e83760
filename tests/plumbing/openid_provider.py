"""A provider of OpenID Connect on this machine: discovery, authorize, token, keys, revocation.

It behaves, unless `misbehave` says otherwise: tokens signed by RSA, codes used once, PKCE and
the client's secret checked, the redirect address compared.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from apiqik_backoffice.settings.login_providers import (
    allauth_settings,
    form_origins,
    login_providers,
)

CLIENT, SECRET = "apiqik", "the client's secret"


class Provider:
    """`subject` is who is signed in there. `log` has each request's path and fields.

    `misbehave` may be: wrong nonce, no nonce, wrong audience, expired, alg none, hs256,
    unsigned key, other issuer, other discovery, no id token, refuses, down, not json,
    no access token, refuses revocation, no revocation, huge.
    """

    def __init__(self):
        self.subject, self.email, self.misbehave = "subject-1", "li@example.com", ""
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes, self.log, self.revoked, self.issued = {}, [], [], []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {}))
        self.server.RequestHandlerClass.provider = self
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def entry(self, **fields):
        """What LOGIN_PROVIDERS says of it."""
        return {
            "id": "acme",
            "name": "Acme",
            "client_id": CLIENT,
            "secret": SECRET,
            "server_url": self.address,
            **fields,
        }

    def discovery(self):
        here = self.address
        found = {
            "issuer": "https://evil.example" if self.misbehave == "other discovery" else here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/keys",
            "revocation_endpoint": f"{here}/revoke",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        if self.misbehave == "no revocation":
            del found["revocation_endpoint"]
        return {**found, "x": "y" * 300_000} if self.misbehave == "huge" else found

    def authorize(self, asked):
        """Somebody who is signed in here says yes; where their browser goes on."""
        back = {"state": asked["state"]}
        if self.misbehave == "refuses":
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = asked
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, asked, authorization):
        """The answer to a code: status and body."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        begun = self.codes.pop(asked.get("code", ""), None)
        challenge = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        written = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if (
            begun is None
            or authorization != f"Basic {basic}"
            or begun.get("code_challenge") != written
            or begun.get("code_challenge_method") != "S256"
            or begun["redirect_uri"] != asked.get("redirect_uri")
        ):
            return 400, {"error": "invalid_grant"}
        tokens = {"access_token": f"at.{secrets.token_urlsafe(24)}", "token_type": "Bearer"}
        tokens["refresh_token"] = f"rt.{secrets.token_urlsafe(24)}"
        tokens |= {"expires_in": 3600, "id_token": self.id_token(begun.get("nonce", ""))}
        self.issued.append(tokens)
        for missing, mode in (("id_token", "no id token"), ("access_token", "no access token")):
            if self.misbehave == mode:
                del tokens[missing]
        return 200, tokens

    def id_token(self, nonce):
        mode, at = self.misbehave, int(time.time())
        claims = {
            "iss": "https://evil.example" if mode == "other issuer" else self.address,
            "sub": self.subject,
            "aud": "somebody-else" if mode == "wrong audience" else CLIENT,
            "iat": at - 7200 if mode == "expired" else at,
            "exp": at - 3600 if mode == "expired" else at + 300,
            "nonce": "another" if mode == "wrong nonce" else nonce,
            "email": self.email,
            "email_verified": True,
            "name": "Li Hua",
        }
        if mode == "no nonce":
            del claims["nonce"]
        if mode == "alg none":
            return jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
        if mode == "hs256":
            return jwt.encode(claims, SECRET * 3, algorithm="HS256", headers={"kid": "k1"})
        key = self.other_key if mode == "unsigned key" else self.key
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1"})

    def keys(self):
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_what):
        pass

    def answer(self, status, body, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        self.provider.log.append((place.path, asked))
        if self.provider.misbehave == "down":
            return self.answer(503, {"error": "down"})
        if self.provider.misbehave == "not json":
            return self.answer(200, b"<html>")
        if place.path == "/.well-known/openid-configuration":
            return self.answer(200, self.provider.discovery())
        if place.path == "/keys":
            return self.answer(200, self.provider.keys())
        if place.path == "/authorize":
            return self.answer(302, {}, Location=self.provider.authorize(asked))
        return self.answer(404, {})

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        fields = parse_qs(self.rfile.read(length).decode())
        asked = {name: values[0] for name, values in fields.items()}
        self.provider.log.append((self.path, asked))
        if self.path == "/token":
            return self.answer(*self.provider.token(asked, self.headers.get("Authorization")))
        if self.path == "/revoke":
            if self.provider.misbehave == "refuses revocation":
                return self.answer(503, {})
            self.provider.revoked.append(asked["token"])
            return self.answer(200, {})
        return self.answer(404, {})


def configure(settings, *entries):
    """The product's settings, as LOGIN_PROVIDERS with these entries would make them."""
    found = login_providers(list(entries))
    settings.LOGIN_PROVIDERS = found
    settings.SOCIALACCOUNT_PROVIDERS = allauth_settings(found)
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {**policy, "form-action": ["'self'", *form_origins(found)]}
    }


@pytest.fixture
def openid(settings):
    """One provider, called Acme, that customers may connect."""
    provider = Provider()
    configure(settings, provider.entry())
    yield provider
    provider.close()
