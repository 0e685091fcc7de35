"""The limits of status lists and of what refers to them: at the bound and one beyond."""

import gzip
import zlib

import pytest

from didkit_fr.encoding import base64url
from didkit_fr.status import bitstring, identifier, token, token_cwt
from tests.limits import Limit
from tests.nation import DAY, NOW

URI, LIST = "https://a.example/", "https://issuer.example/status/1"


def claims(packed, **changes):
    listed = {"bits": 1, "lst": base64url.encode(packed)}
    return token.read_claims({"sub": URI, "iat": NOW, "status_list": listed, **changes}, uri=URI, now=NOW)


def entry(**members):
    stated = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "message",
        "statusListIndex": "7",
        "statusListCredential": LIST,
    }
    return bitstring.read_entries({**stated, **members})


def entries(count):
    one = bitstring.build_entries("https://issuer.example/status", ["revocation"], 7)
    return bitstring.read_entries(one * count)


def sized(bits):
    """Of more than 8 bits, one entry would have more messages than are read: two would be read as well."""
    values = [{"status": hex(value), "message": "m"} for value in range(1 << min(bits, 8))]
    return entry(statusSize=bits, statusMessage=values)


def messages(chars):
    values = [{"status": "0x0", "message": "m" * chars}, {"status": "0x1", "message": "m"}]
    return entry(statusMessage=values)


def listed(data):
    document = bitstring.build_list(LIST, "revocation", "https://issuer.example", [], 1, (NOW - DAY, NOW + DAY))
    document["credentialSubject"]["encodedList"] = "u" + base64url.encode(gzip.compress(data, mtime=0))
    return bitstring.read_list(document, url=LIST, purpose="revocation", now=NOW)


def looked_up(entries_):
    """A list of so many entries of 8 bits is read, and says something of one of them only if they hide it."""
    found = bitstring.BitstringList(LIST, "message", bytes(entries_), None)
    return found.lookup(0, 8)


LIMITS = {
    "a status token: characters": Limit(
        lambda n: token.parse_list("a" * n), 1_048_576, "input_too_large", "jws_malformed"
    ),
    "a status token: bytes of a list": Limit(lambda n: claims(zlib.compress(bytes(n))), 1_048_576, "input_too_large"),
    "a status token: characters of an address": Limit(
        lambda n: token.check_address(URI + "a" * (n - 18)), 2_048, "status_reference_malformed"
    ),
    "a status token: the last time": Limit(
        lambda n: claims(zlib.compress(bytes(9)), exp=n), 253_402_300_799, "status_list_malformed"
    ),
    "a status token: the first time": Limit(
        lambda n: claims(zlib.compress(bytes(9)), iat=n), 0, "status_list_malformed", step=-1
    ),
    "a status token: shortest life": Limit(
        lambda n: claims(zlib.compress(bytes(9)), ttl=n), 1, "status_list_malformed", step=-1
    ),
    "a status CWT: bytes": Limit(
        lambda n: token_cwt.parse_list(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"
    ),
    "an identifier list: bytes": Limit(
        lambda n: identifier.parse_list(bytes(n)), 1_048_576, "input_too_large", "cbor_not_shortest"
    ),
    "an identifier: bytes": Limit(
        lambda n: identifier.parse_reference({"identifier_list": {"id": base64url.encode(bytes(n)), "uri": URI}}),
        64,
        "status_reference_malformed",
    ),
    "an identifier: least bytes": Limit(
        lambda n: identifier.parse_reference({"identifier_list": {"id": base64url.encode(bytes(n)), "uri": URI}}),
        1,
        "status_reference_malformed",
        step=-1,
    ),
    "bitstrings: entries of a credential": Limit(entries, 8, "status_reference_malformed"),
    "bitstrings: least entries of a credential": Limit(entries, 1, "status_reference_malformed", step=-1),
    "bitstrings: bits of an entry": Limit(sized, 8, "status_reference_malformed"),
    "bitstrings: least bits of an entry": Limit(sized, 1, "status_reference_malformed", step=-1),
    "bitstrings: bits of an entry that is packed": Limit(
        lambda n: bitstring.pack(1, {}, bits=n), 8, "status_entry_invalid"
    ),
    "bitstrings: characters of a message": Limit(messages, 1_024, "status_reference_malformed"),
    "bitstrings: references": Limit(
        lambda n: entry(statusReference=[f"{URI}{at}" for at in range(n)]), 16, "status_reference_malformed"
    ),
    "bitstrings: characters of an address": Limit(
        lambda n: entry(statusListCredential=URI + "a" * (n - 18)), 2_048, "status_reference_malformed"
    ),
    "bitstrings: bytes of a list": Limit(lambda n: listed(bytes(n)), 1_048_576, "status_list_malformed"),
    "bitstrings: least bytes of a list": Limit(lambda n: listed(bytes(n)), 16_384, "status_list_short", step=-1),
    "bitstrings: least entries of a list": Limit(looked_up, 131_072, "status_list_short", step=-1),
}


@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_size_is_accepted_to_its_bound_and_refused_one_beyond(limit):
    limit.check()
