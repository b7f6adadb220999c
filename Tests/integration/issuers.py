"""An issuer of tokens as services have them: keys of three kinds, a discovery document, and days on which it is away."""
import base64
import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from local_server import Handler, LocalServer


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return text(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class SigningKey:
    def __init__(self, kid, algorithm):
        self.kid, self.algorithm = kid, algorithm
        if algorithm in ("RS256", "PS256"):
            self._key = rsa.generate_private_key(65537, 2048)
        elif algorithm == "ES256":
            self._key = ec.generate_private_key(ec.SECP256R1())
        else:
            self._key = ed25519.Ed25519PrivateKey.generate()

    @property
    def jwk(self):
        public = self._key.public_key()
        whole = {"kid": self.kid, "use": "sig", "alg": self.algorithm}
        if self.algorithm in ("RS256", "PS256"):
            numbers = public.public_numbers()
            return whole | {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        if self.algorithm == "ES256":
            numbers = public.public_numbers()
            return whole | {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return whole | {"kty": "OKP", "crv": "Ed25519", "x": text(raw)}

    @property
    def public_pem(self):
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, message):
        if self.algorithm == "RS256":
            return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        if self.algorithm == "PS256":
            return self._key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
        if self.algorithm == "ES256":
            r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return self._key.sign(message)

    def token(self, claims, **header):
        head = {"typ": "JWT", "alg": self.algorithm, "kid": self.kid} | header
        message = (text(json.dumps(head).encode()) + "." + text(json.dumps(claims).encode())).encode()
        return (message + b"." + text(self.sign(message)).encode()).decode()

    def confused(self, claims):
        """The attack on verifiers that let a token choose: the public key's text as the secret of an HMAC."""
        message = (text(json.dumps({"alg": "HS256", "kid": self.kid}).encode()) + "."
                   + text(json.dumps(claims).encode())).encode()
        return (message + b"." + text(hmac.new(self.public_pem, message, hashlib.sha256).digest()).encode()).decode()


class Issuer(LocalServer):
    """Serves its discovery document and its keys on loopback."""

    def __init__(self, *keys):
        self.keys = list(keys)
        self.is_away = False
        self.fetches = 0
        issuer = self

        class Get(Handler):
            def do_GET(self):
                self.reply(*issuer.answer(self.path))

        super().__init__(Get)
        self.url += "/realm"

    def answer(self, path):
        if self.is_away:
            return 503, b""
        if path == "/realm/.well-known/openid-configuration":
            return 200, json.dumps({"issuer": self.url, "jwks_uri": self.url + "/keys?v=1"}).encode()
        self.fetches += 1
        return 200, json.dumps({"keys": [key.jwk for key in self.keys]}).encode()

    def claims(self, **changes):
        now = int(time.time())
        return {
            "iss": self.url, "aud": "weir", "sub": "alice", "iat": now, "nbf": now, "exp": now + 600,
            "groups": ["/staff", "/engineering/search"],
        } | changes
