"""The exchange behind `request_uri_method=post` (OpenID4VP 1.0 section 5.10): what a wallet can do, and its nonce.

The nonce comes back under the relying party's signature: the request was made for this wallet, now.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import ParseError, ProtocolError, VerificationError
from didkit_fr.formats import FORMATS, Formats
from didkit_fr.proofs.jose import jwe
from didkit_fr.protocols.message import Items, Members, Message, parse_message
from didkit_fr.protocols.oauth.form import build_form, parse_form
from didkit_fr.protocols.openid4vp.client_id import RequestRules
from didkit_fr.protocols.openid4vp.client_metadata import supported
from didkit_fr.protocols.openid4vp.dcql import Query

__all__ = ["WalletPost", "build_wallet_post", "check_wallet", "parse_wallet_post"]

MAX_BYTES = 65_536
MAX_NONCE_CHARS = 512

_Prefix = Annotated[str, Field(max_length=64)]


class _WalletMetadata(Message):
    vp_formats_supported: Annotated[Members[Any], Field(max_length=64)]
    client_id_prefixes_supported: Annotated[Items[_Prefix], Field(max_length=64)] | None = None


@dataclass(frozen=True, slots=True)
class WalletPost:
    """What a wallet posts, unauthenticated."""

    nonce: str | None = field(default=None, repr=False)
    formats: frozenset[str] | None = None
    prefixes: frozenset[str] | None = None


def build_wallet_post(
    nonce: str,
    *,
    rules: RequestRules,
    algorithms: Collection[str],
    cryptosuites: Collection[str],
    formats: Formats = FORMATS,
) -> bytes:
    """The form a wallet posts; the metadata of all wallets of this kind are the same, and tell none from another."""
    metadata: JsonObject = {
        "vp_formats_supported": supported(algorithms, cryptosuites, formats=formats),
        "client_id_prefixes_supported": sorted(rules.prefixes),
        "request_object_signing_alg_values_supported": sorted(algorithms),
        "response_types_supported": ["vp_token"],
        "response_modes_supported": sorted(rules.response_modes),
        "authorization_encryption_alg_values_supported": [jwe.ALGORITHM],
        "authorization_encryption_enc_values_supported": sorted(jwe.ENCRYPTIONS),
    }
    form = {"wallet_metadata": json.encode_text(metadata), "wallet_nonce": nonce}
    return build_form(form).encode("ascii")


def parse_wallet_post(body: bytes) -> WalletPost:
    """Reads what a wallet posted; both parameters are optional, others are ignored.

    Raises:
        ParseError: `input_too_large`, `form_malformed`, `message_invalid`, and those of `encoding.json`.
    """
    form = parse_form(body, max_chars=MAX_BYTES)
    nonce = form.get("wallet_nonce")
    if nonce is not None and (len(nonce) > MAX_NONCE_CHARS or not nonce.isprintable() or not nonce.isascii()):
        raise ParseError("message_invalid", "wallet_nonce")
    if "wallet_metadata" not in form:
        return WalletPost(nonce)
    metadata = parse_message(_WalletMetadata, json.parse_object(form["wallet_metadata"], max_bytes=MAX_BYTES))
    prefixes = metadata.client_id_prefixes_supported
    return WalletPost(
        nonce, frozenset(metadata.vp_formats_supported), None if prefixes is None else frozenset(prefixes)
    )


def check_wallet(posted: WalletPost, query: Query, *, prefix: str) -> None:
    """Refuses to ask a wallet that says it could not answer.

    Raises:
        ProtocolError: `vp_formats_not_supported`.
        VerificationError: `client_id_unsupported`.
    """
    if posted.formats is not None and posted.formats.isdisjoint(wanted.format for wanted in query.credentials):
        raise ProtocolError("vp_formats_not_supported")
    if posted.prefixes is not None and prefix not in posted.prefixes:
        raise VerificationError("client_id_unsupported")
