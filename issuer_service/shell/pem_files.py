"""What a PEM file of TLS is (RFC 7468): blocks that are parsed, each by its label, with nothing but space between."""

import binascii
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key
from cryptography.x509 import load_der_x509_certificate

__all__ = ["are_certificates", "are_certificates_and_key"]

_TEXT = rb"((?:[A-Za-z0-9+/=]{1,76}[ \t]*\r?\n)+)"
_BLOCK = re.compile(rb"\s*-----BEGIN ([A-Z ]{1,32})-----[ \t]*\r?\n" + _TEXT + rb"-----END \1-----(?=\s|\Z)")
_CERTIFICATE, _PARAMETERS = b"CERTIFICATE", b"EC PARAMETERS"
_KEYS = frozenset((b"PRIVATE KEY", b"EC PRIVATE KEY", b"RSA PRIVATE KEY"))
_OBJECT_IDENTIFIER, _MAX_CURVE = 0x06, 16


def are_certificates(data: bytes) -> bool:
    """Whether data is certificates, one at least, and nothing else."""
    labels = _labels(data)
    return set(labels) == {_CERTIFICATE}


def are_certificates_and_key(data: bytes) -> bool:
    """Whether data is certificates, or a private key with the name of its curve, or both, and nothing else."""
    labels = _labels(data)
    keys = sum(labels[label] for label in _KEYS)
    return bool(labels) and keys <= 1 and labels[_PARAMETERS] <= keys


def _labels(data: bytes) -> Counter[bytes]:
    """How many blocks there are of each label; none where there is anything else."""
    found: Counter[bytes] = Counter()
    at = 0
    while block := _BLOCK.match(data, at):
        at = block.end()
        if not _is_sound(block[1], block[2]):
            return Counter()
        found[block[1]] += 1
    return Counter() if data[at:].strip() else found


def _is_sound(label: bytes, text: bytes) -> bool:
    try:
        der = b64decode(b"".join(text.split()), validate=True)
        return label in _PARSERS and _is_one_value(der) and _PARSERS[label](der) is not False
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _is_one_value(der: bytes) -> bool:
    """Whether the length that DER says is all there is, since parsers may leave what is behind."""
    if len(der) < 2:  # noqa: PLR2004 - a tag and a length
        return False
    extra = der[1] & 0x7F if der[1] & 0x80 else 0
    length = int.from_bytes(der[2 : 2 + extra]) if extra else der[1]
    return len(der) == 2 + extra + length


def _is_curve(der: bytes) -> bool:
    return der[0] == _OBJECT_IDENTIFIER and len(der) <= _MAX_CURVE


_PARSERS: Mapping[bytes, Callable[[bytes], object]] = {
    _CERTIFICATE: load_der_x509_certificate,
    _PARAMETERS: _is_curve,
    **dict.fromkeys(_KEYS, lambda der: load_der_private_key(der, None)),
}
