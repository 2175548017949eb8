"""A small OpenID provider in a process of its own: `python provider.py PORT`. Who signs in, and what is wrong with it, a test sets
by `POST /next` (JSON); it checks what a provider has to: client, redirect URI, PKCE, a code used once.

{"claims": {...}}  of the next sign-in    {"wrong": "nonce" | "aud" | "key" | "alg" | "expired" | "issuer" | "denied" | "userinfo"}
"""

import base64
import json
import secrets
import sys
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

CLIENT, SECRET = "meguri-test", "a secret: with/signs+"
KEY, OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
CODES: dict[str, dict[str, Any]] = {}
NEXT: dict[str, Any] = {}


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            return self.tell(about(self.issuer))
        if parts.path == "/keys":
            jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))
            return self.tell({"keys": [jwk | {"kid": "1", "use": "sig", "alg": "ES256"}]})
        if parts.path == "/userinfo":
            subject = "somebody-else" if NEXT.get("wrong") == "userinfo" else NEXT["claims"]["sub"]
            return self.tell({"sub": subject, "email": NEXT.get("email"), "email_verified": True})
        return self.authorize(asked)

    def authorize(self, asked: dict[str, str]) -> None:
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        back = {"state": asked["state"], "iss": self.issuer}
        if NEXT.get("wrong") == "issuer":
            back["iss"] = "https://somebody.else"
        if NEXT.get("wrong") == "denied":
            back |= {"error": "access_denied"}
        else:
            code = back["code"] = secrets.token_urlsafe(16)
            CODES[code] = asked
        self.send_response(302)
        self.send_header("location", f"{asked['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        if self.path == "/next":
            NEXT.clear()
            NEXT.update(json.loads(body))
            return self.tell({})
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = CODES.pop(sent.get("code", ""), None)
        verifier = (
            base64.urlsafe_b64encode(sha256(sent.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        )
        good = (
            asked is not None and asked["code_challenge"] == verifier and asked["redirect_uri"] == sent["redirect_uri"]
        )
        if asked is None or not good or not self.knows_client():
            return self.tell({"error": "invalid_grant"}, 400)
        return self.tell({"id_token": token(self.issuer, asked), "access_token": "a", "token_type": "Bearer"})

    def knows_client(self) -> bool:
        pair = base64.b64decode(self.headers.get("authorization", "").removeprefix("Basic ")).decode().split(":")
        return [unquote(part) for part in pair] == [CLIENT, SECRET]

    @property
    def issuer(self) -> str:
        return f"http://{self.headers['host']}"

    def tell(self, said: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def about(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/keys",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "authorization_response_iss_parameter_supported": True,
    }


def token(issuer: str, asked: dict[str, str]) -> str:
    wrong, now = NEXT.get("wrong"), int(time.time())
    if wrong == "expired":
        now -= 7200
    claims = {"iss": issuer, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": asked["nonce"]} | NEXT["claims"]
    if asked.get("prompt") == "login":
        claims.setdefault("auth_time", now)
    if wrong in ("nonce", "aud"):
        claims[wrong] = "another"
    if wrong == "alg":
        return jwt.encode(claims, SECRET * 3, algorithm="HS256", headers={"kid": "1"})
    return jwt.encode(claims, OTHER if wrong == "key" else KEY, algorithm="ES256", headers={"kid": "1"})


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
