"""What others say, as a person may read it: the one way by which words of a party that is not this wallet are printed.

An offer, a request, a credential or an error may hold any text. It is quoted, bounded, without characters that drive a
terminal or that nobody sees, and every line of it begins with a mark that no line of the wallet begins with. Lines are
cut here, by the width of the terminal: cut by the terminal, the rest would begin as the wallet's own lines do.
"""

import unicodedata
from collections.abc import Iterator

__all__ = ["MARK", "MAX_SHOWN", "clean", "cut", "marked", "quoted", "width_of"]

MARK = "  | "
MAX_SHOWN = 200
MAX_COMBINING = 2

_QUOTE = '"'
# Latin, Greek, Cyrillic, Armenian, and punctuation: of one column in every table (the rest of Unicode may be wide).
_NARROW = ((0x20, 0x58F), (0x1E00, 0x1FFF), (0x2010, 0x205F))
_SPACES = " \u00a0\u202f"  # the last two are French typography

# Printable by their category, and yet nothing is seen of them: joiners, fillers, selectors of a glyph's variant.
_UNSEEN = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def clean(text: str) -> str:
    """Text whose characters are all seen, one after the other: any other becomes its number, as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(text))


def quoted(text: str, *, limit: int | None = MAX_SHOWN) -> str:
    """Words of another party: clean, within quotation marks that they cannot end, and no longer than a limit."""
    shown = text if limit is None else text[:limit]
    inside = clean(unicodedata.normalize("NFC", shown)).replace(_QUOTE, "\\u{22}")
    return f"{_QUOTE}{inside}{_QUOTE}" + (f"… ({len(text)})" if len(shown) < len(text) else "")


def marked(text: str, width: int, *, indent: str = "") -> list[str]:
    """What `quoted` gave, as lines of its own, each within a width in columns and each with the mark."""
    mark = indent + MARK
    return [mark + piece for piece in cut(text, max(8, width - len(mark)))]


def cut(text: str, width: int) -> list[str]:
    """Text in pieces of at most so many columns; a wide character takes two."""
    pieces, left = [""], width
    for character in text:
        columns = width_of(character)
        if columns > left:
            pieces.append("")
            left = width
        pieces[-1] += character
        left -= columns
    return pieces


def width_of(text: str) -> int:
    """How many columns of a terminal text takes at the most.

    Terminals do not agree on which characters are wide, and their tables are newer than Python's: but of those that are
    known to be narrow everywhere, each counts as two. A line that is cut early hurts nobody; one that a terminal breaks
    itself begins with words of others.
    """
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    narrow = any(first <= ord(character) <= last for first, last in _NARROW)
    return 1 if narrow and unicodedata.east_asian_width(character) not in "WF" else 2


def _escaped(text: str) -> Iterator[str]:
    stacked = 0
    for character in text:
        stacked = stacked + 1 if unicodedata.combining(character) else 0
        seen = character in _SPACES or (character.isprintable() and character not in _UNSEEN)
        yield character if seen and stacked <= MAX_COMBINING else f"\\u{{{ord(character):x}}}"
