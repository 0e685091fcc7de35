"""CBOR read the plain way, which `encoding.cbor` is held against: `cbor2` decodes, and encodes again what it found.

Any longer spelling of a value differs from its encoding. That costs a second pass, and memory before anything counts.
"""

import math

import cbor2
from cbor2 import CBORTag as Tag

TAGS = {0: str, 17: list, 18: list, 24: bytes, 1004: str}
# Tags that `cbor2` would interpret: it would compile a regular expression, make a date, resolve a reference.
INTERPRETED = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
DEPTH = 24


class NotReadError(Exception):
    """What is not to be read."""


def decode(raw):
    keep = {tag: (lambda value, _, tag=tag: Tag(tag, value)) for tag in (*INTERPRETED, *TAGS)}
    try:
        value = cbor2.loads(
            raw, semantic_decoders=keep, max_depth=DEPTH + 2, allow_indefinite=False, allow_duplicate_keys=False
        )
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotReadError from error
    check(value, DEPTH)
    if cbor2.dumps(value, encoders={float: shortest}) != raw:
        raise NotReadError("a longer spelling, or bytes after the end")
    return value


def shortest(encoder, number):
    encoder.write(cbor2.dumps(number, canonical=True))


def check(value, depth):
    """Only known types and tags, `depth` levels of them."""
    if value is None or isinstance(value, (str, bytes, bool)):
        return
    if isinstance(value, (int, float)):
        if not math.isfinite(value) or (isinstance(value, int) and not -(2**64) <= value < 2**64):
            raise NotReadError("number")
        return
    if depth <= 0 or not isinstance(value, (list, dict, Tag)):
        raise NotReadError("depth or type")
    if isinstance(value, Tag) and not isinstance(value.value, TAGS.get(value.tag, ())):
        raise NotReadError("tag")
    if isinstance(value, dict) and not {int, str, bytes}.issuperset(map(type, value)):
        raise NotReadError("key")
    inside = [value.value] if isinstance(value, Tag) else value.values() if isinstance(value, dict) else value
    for one in inside:
        check(one, depth - 1)
