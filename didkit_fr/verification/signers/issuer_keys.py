"""JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc-19 section 4): the keys an issuer publishes at its own address."""

from typing import NamedTuple
from urllib.parse import urlsplit

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, Response, fetch
from didkit_fr.keys import jwk
from didkit_fr.keys.jwk import KeySet

__all__ = ["MAX_BYTES", "IssuerKeys", "build_metadata", "fetch_keys", "well_known"]

MAX_BYTES = 65_536
MAX_URL_CHARS = 2_048

_NAME = "/.well-known/jwt-vc-issuer"
_OK = 200


class IssuerKeys(NamedTuple):
    """The keys of an issuer, and how many seconds their sources say they stay fresh (None: unsaid)."""

    keys: KeySet
    max_age: int | None


def well_known(issuer: str) -> str:
    """Where the metadata is: between host and path, of which a slash at the end is taken off (section 4.1)."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}{_NAME}{parts.path.removesuffix('/')}"


def build_metadata(issuer: str, keys: JsonObject) -> JsonObject:
    """What an issuer publishes there; `keys` is a JWK Set."""
    return {"issuer": issuer, "jwks": keys}


async def fetch_keys(issuer: str) -> IssuerKeys:
    """Fetches an issuer's keys, as a flow: its metadata, and the set it may refer to. No redirect is followed.

    Raises:
        FetchError: `fetch_status` and the fetcher's.
        ParseError: `issuer_keys_malformed`, `jwk_set_invalid`, `jwk_private`, those of `encoding.json`.
        VerificationError: `metadata_issuer_mismatch`: nothing of another issuer's metadata is used (section 4.3).
    """
    answer = await _get(well_known(issuer), "application/json")
    metadata = json.parse_object(answer.body, max_bytes=MAX_BYTES)
    if metadata.get("issuer") != issuer:
        raise VerificationError("metadata_issuer_mismatch")
    if ("jwks" in metadata) == ("jwks_uri" in metadata):
        raise ParseError("issuer_keys_malformed", "either jwks or jwks_uri is due")
    if "jwks" in metadata:
        return IssuerKeys(jwk.parse_set(metadata["jwks"]), answer.max_age)
    uri = metadata["jwks_uri"]
    if not isinstance(uri, str) or not uri.startswith("https://") or len(uri) > MAX_URL_CHARS:
        raise ParseError("issuer_keys_malformed", "jwks_uri")
    published = await _get(uri, "application/jwk-set+json, application/json;q=0.9")
    keys = jwk.parse_set(json.parse_object(published.body, max_bytes=MAX_BYTES))
    return IssuerKeys(keys, min((age for age in (answer.max_age, published.max_age) if age is not None), default=None))


async def _get(url: str, accept: str) -> Response:
    answer = await fetch(Request("GET", url, {"accept": accept}, max_bytes=MAX_BYTES))
    if answer.status != _OK:
        raise FetchError("fetch_status", f"issuer keys: HTTP {answer.status}")
    return answer
