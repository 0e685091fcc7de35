"""Session transcripts: what a device's answer is bound to, so that it is of no use anywhere else.

Here are those of OpenID4VP 1.0 (appendix B.2.6); that of a reader nearby (ISO/IEC 18013-5 section 9.1.5.1) comes from
its session, as bytes.
"""

from hashlib import sha256
from typing import Final

from didkit_fr.encoding import cbor

__all__ = ["digital_credentials", "redirect"]

_ARRAY: Final = 4
_NULL: Final = cbor.encode(None)
_START: Final = cbor.head(_ARRAY, 3) + _NULL + _NULL + cbor.head(_ARRAY, 2)


def redirect(*, client_id: str, nonce: str, encryption_thumbprint: bytes | None, response_uri: str) -> bytes:
    """The transcript of an answer by redirect or direct post (appendix B.2.6.1), encoded.

    Args:
        client_id: the verifier's full identifier, with its prefix.
        nonce: of the request.
        encryption_thumbprint: the SHA-256 thumbprint (32 bytes) of the key that the answer is encrypted to; None
            where it goes in the clear.
        response_uri: where the answer goes: the `redirect_uri` or `response_uri` of the request.
    """
    return _transcript("OpenID4VPHandover", [client_id, nonce, encryption_thumbprint, response_uri])


def digital_credentials(*, origin: str, nonce: str, encryption_thumbprint: bytes | None) -> bytes:
    """The transcript of an answer over the Digital Credentials API (appendix B.2.6.2), encoded.

    Args:
        origin: of the page that asked, as the platform says it, without the prefix `origin:`.
        nonce: of the request.
        encryption_thumbprint: as for `redirect`.
    """
    return _transcript("OpenID4VPDCAPIHandover", [origin, nonce, encryption_thumbprint])


def _transcript(kind: str, info: list[str | bytes | None]) -> bytes:
    hashed = sha256(cbor.head(_ARRAY, len(info)) + b"".join([_encoded(item) for item in info])).digest()
    return _START + cbor.encode_text(kind) + cbor.encode_bytes(hashed)


def _encoded(item: str | bytes | None) -> bytes:
    if item is None:
        return _NULL
    return cbor.encode_text(item) if isinstance(item, str) else cbor.encode_bytes(item)
