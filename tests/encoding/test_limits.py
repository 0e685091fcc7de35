"""The limits of encodings: at the bound and one beyond."""

from hashlib import sha256

import pytest

from didkit_fr.encoding import base64url, cbor, date_time, json, multibase, multicodec, parts
from didkit_fr.encoding.budget import Budget
from didkit_fr.encoding.rdf import definitions, nquads
from didkit_fr.encoding.rdf.jsonld import KNOWN, check_contexts, to_quads
from tests.limits import Limit, nested

V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"


def statements(count):
    document = {"@context": [V2, EXAMPLES], "id": "urn:a", "colour": [f"red{number}" for number in range(count)]}
    assert len(to_quads(document)) == count


def number(value):
    return to_quads({"@context": [V2, EXAMPLES], "id": "urn:a", "size": value})


def context_of(size):
    raw = b'{"@context": {"a": "urn:a"}' + b" " * (size - 28) + b"}"
    assert len(raw) == size
    return KNOWN.adding("urn:a:context", raw, sha256=sha256(raw).hexdigest())


def lines(count):
    text = "".join(f"<urn:a> <urn:b> <urn:{number}> .\n" for number in range(count))
    assert len(nquads.parse(text)) == count


def line_of(size):
    text = '<urn:a> <urn:b> "' + "a" * (size - 21) + '" .\n'
    assert len(text) == size
    return nquads.parse(text)


LIMITS = {
    "base64url: characters": Limit(lambda n: base64url.decode("A" * n), 4_194_304, "input_too_large"),
    "base64url: characters of each": Limit(
        lambda n: base64url.decode_each(["AA", "A" * (n - 2)]), 4_194_304, "input_too_large"
    ),
    "a message: steps": Limit(lambda n: Budget().spend(n), 200_000, "work_exceeded"),
    "a message: signatures": Limit(lambda n: Budget().spend_signatures(n), 512, "work_exceeded"),
    "a message: certificates": Limit(lambda n: Budget().spend_certificates(n), 192, "work_exceeded"),
    "CBOR: bytes": Limit(lambda n: cbor.decode(cbor.encode(bytes(n - 5))), 1_048_576, "input_too_large"),
    "CBOR: depth read": Limit(lambda n: cbor.decode(b"\x81" * (n - 1) + b"\x80"), 24, "cbor_depth"),
    "CBOR: depth written": Limit(lambda n: cbor.encode(nested(n)), 24, "cbor_depth"),
    "CBOR: integers": Limit(cbor.encode, 18_446_744_073_709_551_615, "cbor_type"),
    "CBOR: negative integers": Limit(cbor.encode, -18_446_744_073_709_551_616, "cbor_type", step=-1),
    "date and time: characters": Limit(
        lambda n: date_time.parse(f"2026-01-01T00:00:00.{'0' * (n - 21)}Z"), 64, "date_time_invalid"
    ),
    "JSON: bytes": Limit(lambda n: json.parse(b'"' + b"a" * (n - 2) + b'"'), 262_144, "input_too_large"),
    "JSON: depth": Limit(lambda n: json.parse(b"[" * n + b"]" * n), 24, "json_depth"),
    "JSON: commas": Limit(
        lambda n: json.parse(b"[" + b"0," * n + b"0]", max_bytes=1_048_576), 131_072, "input_too_large"
    ),
    "JSON: objects and arrays": Limit(
        lambda n: json.parse(b"[" + b"{}," * (n - 2) + b"[]]"), 65_536, "input_too_large"
    ),
    "multibase: characters": Limit(lambda n: multibase.decode("u" + "A" * (n - 1)), 65_536, "input_too_large"),
    "multibase: characters of base58": Limit(lambda n: multibase.decode("z" + "1" * (n - 1)), 4_096, "input_too_large"),
    "multicodec: bytes of a number": Limit(
        lambda n: multicodec.decode_varint(b"\xff" * (n - 1) + b"\x01"), 9, "multicodec_invalid"
    ),
    "values inside each other": Limit(lambda n: list(parts.parts(nested(n), Budget())), 33, "json_depth"),
    "JSON-LD: characters of a term": Limit(lambda n: definitions.check_chars("a" * n), 2_048, "input_too_large"),
    "JSON-LD: statements": Limit(statements, 4_096, "input_too_large"),
    "JSON-LD: contexts": Limit(lambda n: check_contexts({"@context": [V2] * n}), 16, "input_too_large"),
    "JSON-LD: bytes of a context": Limit(context_of, 262_144, "input_too_large"),
    "JSON-LD: integers": Limit(number, 9_007_199_254_740_991, "jsonld_unsecured"),
    "JSON-LD: negative integers": Limit(number, -9_007_199_254_740_991, "jsonld_unsecured", step=-1),
    "N-Quads: bytes": Limit(line_of, 1_048_576, "input_too_large"),
    "N-Quads: statements": Limit(lines, 16_384, "input_too_large"),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()


def test_a_language_tag_has_64_characters_at_most():
    longest = "x-" + "-".join(["aaaaaaa"] * 7) + "-aaaa"
    assert len(longest) == 64 - 2
    assert nquads.is_language(longest + "aa")
    assert not nquads.is_language(longest + "aaa")
