"""The JSON-LD contexts of titles: those that are known everywhere, and one for each title that is a W3C credential."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from types import MappingProxyType

from didkit_fr import specs
from didkit_fr.credentials import titles
from didkit_fr.credentials.table import W3C, Title
from didkit_fr.encoding.rdf.jsonld import KNOWN, Contexts

__all__ = ["contexts", "url_of"]


def url_of(title: Title) -> str:
    """The name of a title's context; its document lies in `specs/credentials/<title>/context.jsonld`."""
    return f"urn:didkit-fr:context:{title.id}:1"


@cache
def contexts() -> Contexts:
    """The contexts that W3C titles are read and written with; compiled once, on first use."""
    known = KNOWN
    for url, document in _documents().items():
        known = known.adding(url, document, sha256=sha256(document).hexdigest())
    return known


def _documents() -> Mapping[str, bytes]:
    held = [titles.load(title_id) for title_id in specs.folders("credentials")]
    return MappingProxyType(
        {url_of(title): specs.read(f"credentials/{title.id}/context.jsonld") for title in held if title.formats & W3C}
    )
