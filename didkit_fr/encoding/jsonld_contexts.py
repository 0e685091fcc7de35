"""The JSON-LD contexts that are known, each pinned by the SHA-256 of its published bytes; no other is ever loaded.

`contexts/known.json` is this library's own rendering of what those documents define: terms, with their IRIs written
out. A test holds that each means what the published document means.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256 as _sha256
from hmac import compare_digest
from pathlib import Path
from types import MappingProxyType
from typing import Any

from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject, JsonValue
from didkit_fr.errors import ParseError

__all__ = ["KNOWN", "MAX_CONTEXTS", "MAX_CONTEXT_BYTES", "Contexts", "name_of"]

MAX_CONTEXTS = 16
MAX_CONTEXT_BYTES = 262_144
MAX_URL_CHARS = 1_024
MAX_COMPILED = 64

_RENDERING = Path(__file__).parent / "contexts" / "known.json"


class Contexts:
    """Known contexts by URL, and the term tables compiled from lists of them; immutable, but for what it compiled."""

    __slots__ = ("_added", "compiled")

    def __init__(self, added: Mapping[str, JsonValue] = MappingProxyType({})) -> None:
        self._added = added
        self.compiled: dict[tuple[str, ...], Any] = {}

    def adding(self, url: str, document: bytes, *, sha256: str) -> "Contexts":
        """These contexts and one more, whose bytes must have this SHA-256 (hexadecimal).

        Raises:
            ParseError: `jsonld_context_hash`, `jsonld_context_malformed`, and those of `encoding.json`.
        """
        if not compare_digest(_sha256(document).hexdigest().encode(), sha256.lower().encode()):
            raise ParseError("jsonld_context_hash")
        content = json.parse_object(document, max_bytes=MAX_CONTEXT_BYTES)
        if "@context" not in content or not 0 < len(url) <= MAX_URL_CHARS or url in self:
            raise ParseError("jsonld_context_malformed", "no @context, or its URL is known already")
        return Contexts(MappingProxyType({**self._added, url: content["@context"]}))

    def accepting(self, context: JsonObject) -> "Contexts":
        """These contexts and one that stands in documents as it is, not by name; no other such context is accepted."""
        return Contexts(MappingProxyType({**self._added, name_of(context): context}))

    def __contains__(self, url: object) -> bool:
        return url in self._added or url in _known()

    def get(self, url: str) -> JsonValue:
        """What a context defines: the value of its `@context`.

        Raises:
            ParseError: `jsonld_context_unknown`.
        """
        if url in self._added:
            return self._added[url]
        if url not in _known():
            raise ParseError("jsonld_context_unknown")
        return _known()[url]["@context"]

    def remember(self, urls: tuple[str, ...], table: object) -> None:
        """Keeps a compiled table; a stranger's many lists of known contexts must not fill the memory."""
        if len(self.compiled) >= MAX_COMPILED:
            self.compiled.clear()
        self.compiled[urls] = table


def name_of(context: JsonValue) -> str:
    """A context's URL; of one that stands in the document itself, its text, which no URL is.

    Raises:
        ParseError: `jsonld_context_unknown`.
    """
    if isinstance(context, str):
        return context
    if not isinstance(context, dict):
        raise ParseError("jsonld_context_unknown")
    return json.encode_text({name: context[name] for name in sorted(context)})


@cache
def _known() -> Mapping[str, JsonObject]:
    content = json.parse_object(_RENDERING.read_bytes(), max_bytes=1 << 20)
    return MappingProxyType(content)


KNOWN = Contexts()
