"""What SQLite's own files are: the database, its write-ahead log and the log's index, and its rollback journal.

By https://www.sqlite.org/fileformat.html and https://www.sqlite.org/walformat.html. What a page holds is the
database's: it is not looked at, nor are frames of the log, nor what is behind the head of its index.
"""

import struct
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

__all__ = ["BESIDE", "is_database"]

_SQLITE = b"SQLite format 3\0"
_APPLICATION = slice(68, 72)
_LEAST_PAGE, _MOST_PAGE = 512, 65_536
_HEAD = 100

_SECTOR = 512
_MAGICS = (bytes(8), b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7")  # none until the journal is on disk
_PAGES = tuple(1 << power for power in range(9, 17))

_WAL_WORDS = {b"\x37\x7f\x06\x82": "<6I", b"\x37\x7f\x06\x83": ">6I"}
_WAL_HEAD = 32
_WORD = 0xFFFF_FFFF

_SHM_VERSIONS = (bytes(4), (3_007_000).to_bytes(4, "little"), (3_007_000).to_bytes(4, "big"))
_SHM_BLOCK = 32_768


def is_database(path: Path, application: int) -> bool:
    """Whether a file is a database that this program made, or an empty one."""
    size, head = path.stat().st_size, _head(path)
    page = int.from_bytes(head[16:18])
    page = _MOST_PAGE if page == 1 else page
    known = head.startswith(_SQLITE) and int.from_bytes(head[_APPLICATION]) in (application, 0)
    return size == 0 or (known and page >= _LEAST_PAGE and size % page == 0)


def _is_wal(path: Path) -> bool:
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


def _is_shm(path: Path) -> bool:
    """Whole blocks behind a version that is known, or zeros: it is filled with them a page at once."""
    with path.open("rb") as file:
        block = file.read(_SHM_BLOCK)
    whole = path.stat().st_size % _SHM_BLOCK == 0 and block[:4] in _SHM_VERSIONS
    return whole or (len(block) < _SHM_BLOCK and not any(block))


def _is_journal(path: Path) -> bool:
    """Nothing but zeros, or the head of a journal that has no records (fileformat, section 3), whole or cut.

    A store uses the write-ahead log from its first moment, so a kill leaves no other: that of an empty file which was
    about to become a database.
    """
    with path.open("rb") as file:
        head = file.read(_SECTOR + 1)
        if not any(head):
            return not any(map(any, iter(partial(file.read, _MOST_PAGE), b"")))
    # Magic, number of records, a nonce, pages before, bytes of a sector and of a page; then zeros.
    known = (
        (magic + struct.pack(">I4sIII", 0, head[12:16], 0, _SECTOR, page)).ljust(_SECTOR, b"\0")
        for magic in _MAGICS
        for page in _PAGES
    )
    return any(whole.startswith(head) for whole in known)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


BESIDE: Mapping[str, Callable[[Path], bool]] = {"-wal": _is_wal, "-shm": _is_shm, "-journal": _is_journal}
"""What may lie beside a database, by what its name ends with."""
