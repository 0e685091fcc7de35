"""A DID method that keeps a history: one file beside the packages, as a method that is added would be.

`did:toy:<host>` is a log of versions at `https://<host>/log`, the last one that is not of the future counts. It shows
that a method with versions, times and deactivation, such as did:webvh, fits into the resolver's port.
"""

from didkit_fr.did.method import DocumentMetadata, Found
from didkit_fr.encoding import json
from didkit_fr.errors import FetchError, ParseError, VerificationError
from didkit_fr.flow import Request, fetch

MAX_BYTES = 4_096


async def resolve(did, *, now):
    answer = await fetch(Request("GET", f"https://{did.id}/log", {}, max_bytes=MAX_BYTES))
    if answer.status == 404:
        raise VerificationError("did_not_found")
    if answer.status != 200:
        raise FetchError("fetch_status", f"HTTP {answer.status}")
    versions = json.parse_object(answer.body, max_bytes=MAX_BYTES).get("versions")
    if not isinstance(versions, list) or not all(isinstance(one, dict) for one in versions):
        raise ParseError("did_document_invalid", "log")
    known = [one for one in versions if one["time"] <= now]
    if not known:
        raise VerificationError("did_not_found")
    later = versions[len(known) :]
    metadata = DocumentMetadata(
        created=known[0]["time"],
        updated=known[-1]["time"],
        next_update=later[0]["time"] if later else None,
        version_id=known[-1]["id"],
        next_version_id=later[0]["id"] if later else None,
        canonical_id=did.text,
        equivalent_ids=(f"did:web:{did.id}",),
        deactivated=known[-1].get("deactivated", False),
    )
    return Found(known[-1].get("document"), metadata, max_age=answer.max_age)
