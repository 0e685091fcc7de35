"""Many copies of the same claims, encoded once: a fast path of `sd_jwt.issue`, held equal to it by a test.

What copies share is what they say alike. Each has its own salts, digests and signature, and members of its own, such
as `cnf` and `status`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from didkit_fr.encoding import base64url, json
from didkit_fr.encoding.json import ClaimsPath, JsonObject
from didkit_fr.errors import ParseError
from didkit_fr.keys.signer import KeyHolder, ToBeSigned
from didkit_fr.primitives.random import Random, system
from didkit_fr.proofs.jose import jws
from didkit_fr.proofs.sd_jwt.hashes import digests_of
from didkit_fr.proofs.sd_jwt.payload import check_decoys, draw, hide_with

__all__ = ["Template"]

# Stands for what a copy fills in. No claim can be mistaken for it: a lone surrogate has no UTF-8.
_MARK: Final = chr(0xD800)
_OWN: Final = f'"{_MARK}":0'
_DIGESTS: Final = re.compile(f'{_MARK}([0-9]+)(?:","{_MARK}([0-9]+))*')
_SUSPECTS: Final = ('"_sd', '"..."')


@dataclass(frozen=True, slots=True)
class _Text:
    """JSON with places for digests: `parts` stand around `slots`, each a slice of the disclosures, in sorted order."""

    parts: tuple[str, ...]
    slots: tuple[slice, ...]

    @classmethod
    def of(cls, marked: str) -> "_Text":
        if _MARK not in marked:
            return cls((marked,), ())
        found = list(_DIGESTS.finditer(marked))
        edges = [0, *(edge for match in found for edge in match.span()), len(marked)]
        parts = tuple(marked[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
        return cls(parts, tuple(slice(int(match[1]), int(match[2] or match[1]) + 1) for match in found))

    def fill(self, digests: list[str]) -> str:
        text = self.parts[0]
        for slot, part in zip(self.slots, self.parts[1:], strict=True):
            text += '","'.join(sorted(digests[slot])) + part
        return text


@dataclass(frozen=True, slots=True)
class Template:
    """What all copies share, encoded for one key; holds attribute values, so it lives as long as their issuance."""

    _header: bytes = field(repr=False)
    _names: frozenset[str] = field(repr=False)
    _levels: tuple[tuple[tuple[_Text, ...], int], ...] = field(repr=False)
    _numbers: int
    _before: _Text = field(repr=False)
    _after: _Text = field(repr=False)

    @classmethod
    def of(
        cls,
        claims: JsonObject,
        signer: KeyHolder,
        *,
        typ: str,
        disclosable: Collection[ClaimsPath],
        header: Mapping[str, Any] | None = None,
        decoys: int = 0,
    ) -> "Template":
        """Encodes what the arguments of `sd_jwt.issue` mean in every copy.

        Raises:
            ParseError: `sd_jwt_claim_name`, `sd_jwt_path_unknown`, `input_too_large`.
        """
        check_decoys(decoys)
        levels: list[tuple[tuple[_Text, ...], int]] = []

        def disclose(contents: list[str], decoys: int) -> list[str]:
            first = _count(levels)
            levels.append((tuple(map(_Text.of, contents)), decoys))
            return [f"{_MARK}{number:05}" for number in range(first, _count(levels))]

        payload = json.encode_text(hide_with({**claims, _MARK: 0}, set(disclosable), disclose, decoys=decoys))
        before, _, after = payload.partition(_OWN)
        return cls(
            jws.prepare(jws.build_header(signer, typ, header), b""),
            frozenset(claims),
            tuple(levels),
            _count(levels),
            _Text.of(before),
            _Text.of(after),
        )

    def prepare(self, own: JsonObject, *, random: Random = system) -> ToBeSigned[str]:
        """One copy, yet to be signed: what `sd_jwt.issue` makes of the claims followed by `own`, which always shows.

        Raises:
            ParseError: `sd_jwt_claim_name` where `own` is empty, names a claim again, or has a reserved name.
        """
        members = json.encode_text(own)
        if not own or not self._names.isdisjoint(own):
            raise ParseError("sd_jwt_claim_name", "of a copy")
        if _SUSPECTS[0] in members or _SUSPECTS[1] in members:
            hide_with(own, (), lambda contents, _decoys: contents)
        disclosures, digests = self._disclose(random)
        payload = f"{self._before.fill(digests)}{members[1:-1]}{self._after.fill(digests)}"
        signing_input = self._header + base64url.encode_ascii(payload.encode())
        shown = b"~".join((b"", *disclosures, b"")).decode("ascii")
        return ToBeSigned(signing_input, lambda signature: jws.attach(signing_input, signature) + shown)

    def _disclose(self, random: Random) -> tuple[list[bytes], list[str]]:
        salts = iter(draw(self._numbers, random))
        disclosures: list[bytes] = []
        digests: list[str] = []
        for level, decoys in self._levels:
            texts = [text.fill(digests) if text.slots else text.parts[0] for text in level]
            # `zip` takes from the level first: once it is exhausted, no further salt is drawn and lost.
            pairs = zip(texts, salts, strict=False)
            made = [base64url.encode_ascii(f'["{salt}",{text}]'.encode()) for text, salt in pairs]
            disclosures += made
            if decoys:
                made += [number.encode("ascii") for number in islice(salts, decoys)]
            digests += digests_of(made)
        return disclosures, digests


def _count(levels: Sequence[tuple[tuple[_Text, ...], int]]) -> int:
    return sum(len(texts) + decoys for texts, decoys in levels)
