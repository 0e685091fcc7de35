"""Settings as an operator writes them."""

from didkit_fr.encoding import json

BASE = {
    "issuer": "https://issuer.example/fr",
    "register_url": "https://register.example",
    "register_secret_file": "/somewhere/secret",
    "tls_certificate": "tls.pem",
    "tls_key": "tls.key",
}


def written(**changes: object) -> bytes:
    values = {**BASE, **changes}
    lines = [f"{name} = {json.encode(value).decode()}" for name, value in values.items() if value is not None]
    return "\n".join(lines).encode()
