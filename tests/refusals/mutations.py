"""The operations of a case: on the tree of its original before it is written, on its bytes after."""

import gzip
import zlib

from didkit_fr.encoding import base64url, json
from tests.nation import NOW
from tests.refusals import trees


def apply(tree, steps):
    """Edits a tree; returns what is left to be done to its bytes."""
    on_bytes = []
    for step in steps:
        options = dict(step)
        name = options.pop("do")
        if name in ON_TREE:
            ON_TREE[name](tree, **options)
        else:
            on_bytes.append((ON_BYTES[name], options))
    return on_bytes


def _find(tree, path):
    """The container and the last step of a path such as `issuer.claims.exp` or `disclosures.0`."""
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        tree = tree[step]
    return tree, last


def _get(tree, path):
    holder, last = _find(tree, path)
    return holder[last]


def put(tree, at, value):
    """Sets a member or an element."""
    holder, last = _find(tree, at)
    holder[last] = value


def put_json(tree, at, json_text):
    """Sets a member to what TOML cannot say: null, 1e5, a large number."""
    put(tree, at, json.parse(json_text))


def put_time(tree, at, seconds):
    """Sets a time, counted from the moment of the case."""
    put(tree, at, NOW + seconds)


def put_text(tree, at, text, times):
    """Sets a text of great length."""
    put(tree, at, text * times)


def nest(tree, at, depth):
    """Sets arrays inside each other."""
    value = []
    for _ in range(depth - 1):
        value = [value]
    put(tree, at, value)


def remove(tree, at):
    """Removes a member or an element."""
    holder, last = _find(tree, at)
    del holder[last]


def append(tree, at, value):
    """Adds an element."""
    _get(tree, at).append(value)


def repeat(tree, at, times=2):
    """Has an element of an array come several times."""
    holder, last = _find(tree, at)
    holder[last:last] = [holder[last]] * (times - 1)


def copy(tree, source, at):
    """Sets a member to the value of another."""
    put(tree, at, _get(tree, source))


def take(tree, at, from_original, source):
    """Sets a member to the value of a member of another kind of document."""
    from tests.refusals.originals import ORIGINALS

    put(tree, at, _get(ORIGINALS[from_original].tree(), source))


def disclose(tree, content, into, form):
    """Adds a disclosure of `content` after a salt, and refers to it, signed: by "digest", or as array "element"."""
    disclosure = ["salt-of-this-case-alone", *content]
    tree["disclosures"].append(disclosure)
    digest = trees.digest(disclosure)
    _get(tree, into).append(digest if form == "digest" else {"...": digest})


def compress(tree, at, zeros=0, tail="", form="zlib"):
    """Sets a member to a compressed status list of zeros, with something behind it; a bitstring's is "gzip"."""
    packed = zlib.compress(bytes(zeros)) if form == "zlib" else gzip.compress(bytes(zeros), mtime=0)
    put(tree, at, ("" if form == "zlib" else "u") + base64url.encode(packed + tail.encode()))


def replace(raw, old, new):
    """Replaces the first occurrence; it must be there."""
    assert old.encode() in raw, "nothing to replace"
    return raw.replace(old.encode(), new.encode(), 1)


def cut(raw, to):
    """Keeps the first bytes; a negative number cuts that many off."""
    return raw[:to]


def add(raw, text, times=1):
    """Adds text at the end."""
    return raw + text.encode() * times


def add_before(raw, text, times=1):
    """Adds text at the start."""
    return text.encode() * times + raw


def flip(raw, at):
    """Changes one bit of one byte."""
    data = bytearray(raw)
    data[at] ^= 1
    return bytes(data)


def put_bytes(raw, at, hexadecimal):
    """Overwrites bytes."""
    data = bytes.fromhex(hexadecimal)
    return raw[:at] + data + raw[at + len(data) :]


ON_TREE = {
    "set": put,
    "set json": put_json,
    "set time": put_time,
    "set long": put_text,
    "set nested": nest,
    "remove": remove,
    "append": append,
    "repeat": repeat,
    "copy": copy,
    "take": take,
    "disclose": disclose,
    "compress": compress,
}

ON_BYTES = {
    "replace": replace,
    "cut": cut,
    "add": add,
    "add before": add_before,
    "flip": flip,
    "overwrite": put_bytes,
}
