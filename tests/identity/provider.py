"""A small OpenID provider on this machine: discovery, keys, authorization, token."""

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "kaigo"
SECRET = "a secret of the client"


@dataclass
class Provider:
    """What the provider answers; a test bends what it wants to see refused."""

    claims: dict[str, Any] = field(default_factory=dict)  # put over the honest ones; None takes one away
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    signing_key: Any = None  # another key than the published one
    algorithm: str = "RS256"
    issuer: str = ""
    person: str = ""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)  # code -> the authorization request
    token_status: int = 200

    def discovery(self) -> dict[str, str]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, query: dict[str, str]) -> str:
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.asked.pop(form.get("code", ""), None)
        if asked is None or authorization != f"Basic {basic}" or self.token_status != 200:
            return (self.token_status if self.token_status != 200 else 400), {"error": "invalid_grant"}
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        honest = {
            "iss": self.issuer, "aud": CLIENT, "sub": "subject", "iat": now, "exp": now + 300, "nonce": nonce,
            "preferred_username": self.person,
        }  # fmt: skip
        claims = {name: value for name, value in {**honest, **self.claims}.items() if value is not None}
        key = None if self.algorithm == "none" else self.signing_key or self.key
        return jwt.encode(claims, key, algorithm=self.algorithm, headers={"kid": "one"})


def serve(provider: Provider) -> ThreadingHTTPServer:
    """Start the provider on a free port of this machine; `shutdown()` and `server_close()` end it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._answer(200, provider.discovery())
            elif parts.path == "/keys":
                self._answer(200, provider.keys())
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.end_headers()
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*provider.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server
