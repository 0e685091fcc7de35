"""SD-JWT as JSON (RFC 9901 section 8): read only, into what `sd_jwt.parse` gives of the compact serialisation.

Of several signatures (general serialisation) only the first is read and verified: the disclosures and the key binding
stand in its header, and the key binding signs its hash. The others are not verified here; a protocol that needs them
verifies them itself.
"""

from collections.abc import Collection, Sequence

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError
from didkit_fr.proofs.jose.jws import MAX_CHARS
from didkit_fr.proofs.sd_jwt.sd_jwt import MAX_DISCLOSURES, SHA_256_ONLY, UnverifiedSdJwt, parse

__all__ = ["MAX_SIGNATURES", "parse_json"]

MAX_SIGNATURES = 8

_OURS = frozenset({"disclosures", "kb_jwt"})
_FLATTENED = frozenset({"protected", "signature", "header"})


def parse_json(
    raw: bytes | str,
    *,
    hashes: Collection[str] = SHA_256_ONLY,
    max_chars: int = MAX_CHARS,
    max_disclosures: int = MAX_DISCLOSURES,
    max_signatures: int = MAX_SIGNATURES,
) -> UnverifiedSdJwt:
    """Parses the flattened or the general JSON serialisation (RFC 9901 section 8), with or without key binding.

    Members that are not understood are ignored (RFC 7515 section 7.2.1), but nothing that is may stand twice or
    elsewhere: not in both headers, not beside `signatures`, not with another signature than the first.

    Args:
        raw: the JSON text.
        hashes: as for `sd_jwt.parse`.
        max_chars: the limit of the text, in bytes, and of the compact serialisation it becomes.
        max_disclosures: as for `sd_jwt.parse`.
        max_signatures: the limit of the general serialisation.

    Raises:
        ParseError: `sd_jwt_json_malformed`, and as `sd_jwt.parse` and `encoding.json.parse_object`.
        VerificationError: `sd_jwt_hash_algorithm`.
    """
    document = json.parse_object(raw, max_bytes=max_chars)
    _refuse(not _OURS.isdisjoint(document), "disclosures outside the unprotected header")
    first, *others = _signatures(document, max_signatures)
    _refuse(any(not _OURS.isdisjoint(_header(other)) for other in others), "disclosures of another signature")
    header = _header(first)
    jwt = ".".join(_texts([first.get("protected"), document.get("payload"), first.get("signature")], "a part"))
    disclosures = _texts(header.get("disclosures", []), "disclosures")
    # An empty text has the compact serialisation that says "none": here it would be two spellings of one thing.
    _refuse("" in disclosures or header.get("kb_jwt") == "", "empty")
    bound = _texts([header["kb_jwt"]], "kb_jwt") if "kb_jwt" in header else [""]
    compact = "~".join([jwt, *disclosures, *bound])
    unverified = parse(compact, hashes=hashes, max_chars=max_chars, max_disclosures=max_disclosures)
    protected = unverified.jws.unverified_header
    _refuse(not _OURS.isdisjoint(protected), "disclosures in the protected header")
    _refuse(not protected.keys().isdisjoint(header), "in both headers")
    return unverified


def _signatures(document: JsonObject, most: int) -> Sequence[JsonObject]:
    """One for the flattened serialisation, all of them for the general one."""
    if "signatures" not in document:
        return [document]
    signatures = document["signatures"]
    _refuse(not _FLATTENED.isdisjoint(document), "flattened and general at once")
    if not isinstance(signatures, list) or not signatures:
        raise ParseError("sd_jwt_json_malformed", "no signature")
    if len(signatures) > most:
        raise ParseError("input_too_large", f"over {most} signatures")
    for one in signatures:
        _refuse(not isinstance(one, dict) or "payload" in one or not _OURS.isdisjoint(one), "a signature")
        _texts([one.get("protected"), one.get("signature")], "a signature")
    return signatures


def _header(signature: JsonObject) -> JsonObject:
    """The unprotected header. What must be integrity protected has no place in it (RFC 7515 section 4.1.11)."""
    header = signature.get("header", {})
    if not isinstance(header, dict) or not {"crit", "b64"}.isdisjoint(header):
        raise ParseError("sd_jwt_json_malformed", "header")
    return header


def _texts(values: JsonValue, what: str) -> list[str]:
    # A "~" would separate in the compact serialisation: one disclosure would become two, or a key binding.
    if not isinstance(values, list) or not all(isinstance(one, str) and "~" not in one for one in values):
        raise ParseError("sd_jwt_json_malformed", what)
    return values


def _refuse(condition: bool, detail: str) -> None:  # noqa: FBT001 - reads as a sentence
    if condition:
        raise ParseError("sd_jwt_json_malformed", detail)
