"""The `did:web` method: a document on a web server, believed as far as its name and TLS are.

There is no history: who controls the server today decides what its keys were. A key withdrawn is gone, and so is
what it signed. The name is checked here, the address it leads to by the fetcher.
"""

import re
from urllib.parse import unquote_to_bytes

from didkit_fr.did.document import MAX_BYTES
from didkit_fr.did.method import Found
from didkit_fr.did.url import Did
from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch

__all__ = ["resolve", "url_of"]

_MEDIA_TYPES = "application/did, application/did+json;q=0.9, application/json;q=0.8"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# The last label of a name has a letter at its start: "127.1", "0x7f.1" and "2130706433" are addresses.
_HOST = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_MAX_PORT = 65_535
_OK, _ABSENT = 200, frozenset({404, 410})


async def resolve(did: Did, *, now: int) -> Found:  # noqa: ARG001 - there is no history
    """Fetches the document, as a flow; redirects are not followed.

    Raises:
        ParseError: `did_invalid`, and those of `encoding.json.parse_object`.
        FetchError: `fetch_status` and the fetcher's.
        VerificationError: `did_not_found`: the server answers, and has none (deactivation removes it).
    """
    answer = await fetch(Request("GET", url_of(did), {"accept": _MEDIA_TYPES}, max_bytes=MAX_BYTES))
    if answer.status in _ABSENT:
        raise VerificationError("did_not_found")
    if answer.status != _OK:
        raise FetchError("fetch_status", f"DID document: HTTP {answer.status}")
    return Found(json.parse_object(answer.body, max_bytes=MAX_BYTES), max_age=answer.max_age)


def url_of(did: Did) -> str:
    """Where the document is (section "Read"): `https` always; `%3A` before a port; colons separate the path.

    Raises:
        ParseError: `did_invalid`.
    """
    authority, *path = did.id.split(":")
    host, colon, port = re.sub("%3a", ":", authority, flags=re.IGNORECASE).partition(":")
    if _HOST.fullmatch(host) is None:
        raise ParseError("did_invalid", "not a host name")
    if colon and (_PORT.fullmatch(port) is None or int(port) > _MAX_PORT):
        raise ParseError("did_invalid", "not a port")
    if not all(_harmless(segment) for segment in path):
        raise ParseError("did_invalid", "path")
    where = "/".join(path) or ".well-known"
    return f"https://{host}{colon}{port}/{where}/did.json"


def _harmless(segment: str) -> bool:
    """Whether a part of the path stays one part, also where a server or client decodes it once more."""
    decoded = unquote_to_bytes(segment)
    return decoded.strip(b".") != b"" and not any(byte < 0x21 or byte in b"/\\%?#:\x7f" for byte in decoded)  # noqa: PLR2004 - controls and space
