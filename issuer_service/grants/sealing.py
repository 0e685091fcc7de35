"""What is kept between two requests is sealed under a secret that only the bearer has, and under the day's key.

The bearer's secret (the code of an offer, then the access token) is stored nowhere. Two values that do not reveal it
or each other are derived from it: the lookup id, and the key of what is sealed. The epoch key is needed as well, lies
outside the database, and is destroyed after some days: then nothing opens old rows, logs or backups, even with the
secret. Every input to a hash, a MAC or a key derivation carries its purpose, and the length of each of its parts.
"""

from hmac import compare_digest, digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from didkit_fr.errors import ParseError, VerificationError
from didkit_fr.primitives.random import Random, system

__all__ = [
    "HOP_CODE",
    "HOP_TOKEN",
    "MAX_PLAINTEXT",
    "PADDING",
    "check_tx_code",
    "code_of_reference",
    "lookup_id",
    "open_grant",
    "page_token",
    "pseudonym",
    "seal_grant",
    "tx_code_mac",
]

HOP_CODE = "pre-authorized code"
HOP_TOKEN = "access token"  # noqa: S105 - the name of a hop

PADDING = 512
MAX_PLAINTEXT = 65_536

_NONCE = 12
_TAG = 16
_LENGTH = 4


def lookup_id(secret: bytes) -> bytes:
    """What a row is found by (32 bytes); the secret and its sealing key do not follow from it."""
    return _derive(secret, salt=None, info=b"didkit-fr lookup")


def code_of_reference(reference: bytes) -> bytes:
    """The code (32 bytes) of an offer by reference, from the random part of its address: so neither need be stored."""
    return _derive(reference, salt=None, info=b"didkit-fr offer reference")


def seal_grant(
    secret: bytes,
    *,
    epoch_key: bytes,
    hop: str,
    row: bytes,
    title: str,
    holder: str,
    expires: int,
    plaintext: bytes,
    random: Random = system,
) -> bytes:
    """Seals what one hop leaves to the next, with AES-256-GCM under a key that no other row and hop has.

    `row` is the random name of the row (16 bytes), `holder` the thumbprint of the key it is bound to or empty. The
    plaintext is padded to a multiple of 512 bytes, so that its length tells nothing of its bearer.

    Raises:
        ParseError: `input_too_large` over 65,536 bytes.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise ParseError("input_too_large", f"grant over {MAX_PLAINTEXT} bytes")
    padded = len(plaintext).to_bytes(_LENGTH) + plaintext
    padded += bytes(-len(padded) % PADDING)
    nonce = random(_NONCE)
    bound = _bound(hop, row, title, holder, expires)
    return nonce + AESGCM(_grant_key(secret, epoch_key, hop, row)).encrypt(nonce, padded, bound)


def open_grant(
    secret: bytes,
    *,
    epoch_key: bytes,
    hop: str,
    row: bytes,
    title: str,
    holder: str,
    expires: int,
    sealed: bytes,
) -> bytes:
    """Opens what `seal_grant` sealed with the very same arguments.

    Raises:
        VerificationError: `grant_sealed` if anything differs: what, cannot be told.
    """
    bound = _bound(hop, row, title, holder, expires)
    if len(sealed) < _NONCE + PADDING + _TAG:
        raise VerificationError("grant_sealed")
    try:
        padded = AESGCM(_grant_key(secret, epoch_key, hop, row)).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except InvalidTag:
        raise VerificationError("grant_sealed") from None
    return padded[_LENGTH : _LENGTH + int.from_bytes(padded[:_LENGTH])]


def tx_code_mac(epoch_key: bytes, code: bytes, tx_code: str) -> bytes:
    """What is stored of a transaction code (32 bytes): six digits cannot be searched without the epoch key and code."""
    key = _derive(epoch_key, salt=None, info=b"didkit-fr transaction code")
    return digest(key, _join(code, _utf8(tx_code)), "sha256")


def check_tx_code(mac: bytes, *, epoch_key: bytes, code: bytes, tx_code: str) -> None:
    """Checks a transaction code against what `tx_code_mac` gave, in constant time.

    Raises:
        VerificationError: `tx_code_wrong`.
    """
    if not compare_digest(mac, tx_code_mac(epoch_key, code, tx_code)):
        raise VerificationError("tx_code_wrong")


def page_token(epoch_key: bytes, code: bytes) -> bytes:
    """What opens the page of an offer (32 bytes), beside its address: neither the offer nor the database gives it."""
    return digest(_derive(epoch_key, salt=None, info=b"didkit-fr offer page"), code, "sha256")


def pseudonym(key: bytes, *, partition: str, title: str, document_number: str) -> bytes:
    """The blind index (32 bytes) that finds the issuances to revoke, different in each partition.

    Document numbers are few enough to try them all: whoever has the database *and* this key can name its rows.
    """
    return digest(key, _join(b"didkit-fr pseudonym", *map(_utf8, (partition, title, document_number))), "sha256")


def _grant_key(secret: bytes, epoch_key: bytes, hop: str, row: bytes) -> bytes:
    return _derive(secret, salt=epoch_key, info=_join(b"didkit-fr grant key", _utf8(hop), row))


def _bound(hop: str, row: bytes, title: str, holder: str, expires: int) -> bytes:
    return _join(b"didkit-fr grant", _utf8(hop), row, _utf8(title), _utf8(holder), b"%d" % expires)


def _derive(secret: bytes, *, salt: bytes | None, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(SHA256(), 32, salt=salt, info=info).derive(secret)


def _join(*parts: bytes) -> bytes:
    """One spelling for one list of parts: nothing can be moved from a part to its neighbour."""
    return b"".join(len(part).to_bytes(_LENGTH) + part for part in parts)


def _utf8(text: str) -> bytes:
    """Never fails: a form or a JSON text of an attacker may hold half a surrogate pair."""
    return text.encode("utf-8", "surrogatepass")
