"""What SQLite's own files are: the database, its write-ahead log and the log's index, and its rollback journal.

By https://www.sqlite.org/fileformat.html and https://www.sqlite.org/walformat.html. What a page holds is the
database's: it is not looked at, nor are frames of the log, nor what is behind the head of its index.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

__all__ = ["BESIDE", "is_database"]

_SQLITE = b"SQLite format 3\0"
_APPLICATION = slice(68, 72)
_LEAST_PAGE, _MOST_PAGE = 512, 65_536
_HEAD = 100

_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_JOURNAL_HEAD = struct.Struct(">8sIIIII")  # magic, records, nonce, pages before, bytes of a sector, bytes of a page
_NOT_SYNCED = (bytes(8), 0)
_UNCOUNTED = (0, 0xFFFF_FFFF)  # the records go on to the end
_SIZES = frozenset(1 << power for power in range(9, 17))
_CHECKED_BYTE = 200

_WAL_WORDS = {b"\x37\x7f\x06\x82": "<6I", b"\x37\x7f\x06\x83": ">6I"}
_WAL_HEAD = 32
_WORD = 0xFFFF_FFFF

_SHM_VERSIONS = (bytes(4), (3_007_000).to_bytes(4, "little"), (3_007_000).to_bytes(4, "big"))
_SHM_BLOCK = 32_768


class _Journal(NamedTuple):
    """The head of a part of a journal."""

    magic: bytes
    records: int
    nonce: int
    pages_before: int
    sector: int
    page: int


def is_database(path: Path, application: int) -> bool:
    """Whether a file is a database that this program made, or an empty one."""
    size, head = path.stat().st_size, _head(path)
    page = int.from_bytes(head[16:18])
    page = _MOST_PAGE if page == 1 else page
    known = head.startswith(_SQLITE) and int.from_bytes(head[_APPLICATION]) in (application, 0)
    return size == 0 or (known and page >= _LEAST_PAGE and size % page == 0)


def _is_wal(path: Path, _: Path) -> bool:
    """Empty, or a head whose checksum is right (walformat, section 4); frames follow, which are not looked at."""
    head = _head(path)[:_WAL_HEAD]
    if not head:
        return True
    if len(head) < _WAL_HEAD or head[:4] not in _WAL_WORDS:
        return False
    words = struct.unpack(_WAL_WORDS[head[:4]], head[:24])
    first = second = 0
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & _WORD
        second = (second + other + first) & _WORD
    return struct.pack(">II", first, second) == head[24:]


def _is_shm(path: Path, _: Path) -> bool:
    """Whole blocks behind a version that is known, or zeros: it is filled with them a page at once."""
    with path.open("rb") as file:
        block = file.read(_SHM_BLOCK)
    whole = path.stat().st_size % _SHM_BLOCK == 0 and block[:4] in _SHM_VERSIONS
    return whole or (len(block) < _SHM_BLOCK and not any(block))


def _is_journal(path: Path, database: Path) -> bool:
    """Nothing but zeros, or parts of a journal, each with its head (fileformat, section 3).

    The store of the W3C API has one for each change, so a kill leaves one with pages; that of titles has none of them.
    """
    if path.stat().st_size and not database.is_file():
        return False
    with path.open("rb") as file, (database if database.is_file() else path).open("rb") as pages:
        if not any(file.read(_JOURNAL_HEAD.size)):
            return not any(map(any, iter(partial(file.read, _MOST_PAGE), b"")))
        file.seek(0)
        while file.peek(1):
            head = _read_head(file)
            if head is None or not all(_are_records(file, pages, head)):
                return False
    return True


def _read_head(file: BinaryIO) -> _Journal | None:
    """The head of the next part; zeros fill its sector. Until the part is on disk, it has no magic and no count."""
    raw = file.read(_JOURNAL_HEAD.size)
    if len(raw) < _JOURNAL_HEAD.size:
        return None
    head = _Journal._make(_JOURNAL_HEAD.unpack(raw))
    whole = (head.magic, head.records) == _NOT_SYNCED or head.magic == _JOURNAL
    if not whole or head.sector not in _SIZES or head.page not in _SIZES:
        return None
    padding = file.read(head.sector - len(raw))
    return head if len(padding) == head.sector - len(raw) and not any(padding) else None


def _are_records(file: BinaryIO, pages: BinaryIO, head: _Journal) -> Iterator[bool]:
    """Looks at each record of a part: a page's number, the page as it was, and a checksum of it."""
    left = head.records if head.records not in _UNCOUNTED else -1
    while left and (record := file.read(4 + head.page + 4)):
        left -= 1
        # What is not counted was not written into the database yet, which still has those pages as they were.
        yield _is_of(pages, record, head) if head.records == 0 else _is_sound(record, head)
    yield left != 0 or not any(file.read(-file.tell() % head.sector))


def _is_sound(record: bytes, head: _Journal) -> bool:
    page = record[4 : 4 + head.page]
    if len(record) < 4 + head.page + 4:
        return False
    told = sum(page[at] for at in range(head.page - _CHECKED_BYTE, 0, -_CHECKED_BYTE))
    return int.from_bytes(record[-4:]) == (head.nonce + told) & _WORD


def _is_of(pages: BinaryIO, record: bytes, head: _Journal) -> bool:
    number, page = int.from_bytes(record[:4]), record[4 : 4 + head.page]
    pages.seek(max(number - 1, 0) * head.page)
    return not page or (number > 0 and pages.read(len(page)) == page)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


BESIDE: Mapping[str, Callable[[Path, Path], bool]] = {"-wal": _is_wal, "-shm": _is_shm, "-journal": _is_journal}
"""What may lie beside a database, by what its name ends with: judged by its own path and that of the database."""
