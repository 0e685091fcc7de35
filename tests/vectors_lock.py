"""`specs/vectors.lock`: what each official vector is, and the two commands that write the lock and fill a folder by it.

`python -m tests.vectors_lock write` makes the lock of the folder that `DIDKIT_VECTORS` names, whose `SOURCES.md` says
where each file was taken from. `python -m tests.vectors_lock fetch FROM` fills that folder. FROM is the address of a
copy of it (`https://mirror.example/vectors`), or a pattern with `{repository}`, `{revision}` and `{path}`, which asks
the sources themselves; the files that were made from the text of a source are then named, and stay absent. Nothing is
kept that has another digest than the lock says. Nothing else of the tests uses the network.
"""

import hashlib
import http.client
import json
import os
import re
import sys
import tomllib
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.vectors import home

__all__ = ["LOCK", "Locked", "Source", "fetch", "locked", "main", "sources", "written"]

LOCK = Path(__file__).resolve().parents[1] / "specs" / "vectors.lock"
HEADING = """\
# The official vectors: where each was taken from, and its SHA-256. Written by `python -m tests.vectors_lock write`;
# `make vectors-fetch FROM=... DIDKIT_VECTORS=...` fills a folder by it. `at` is where the source has the same octets:
# a file, or the directory that `folder` is a copy of. What has no `at` was taken out of a text of the source, or has
# another name there.
"""
AT_ONCE = 8
LONGEST = 16_000_000
"""Octets of one file."""
TIMEOUT = 60
"""Seconds without an answer."""
SHOWN = 20
"""Files that are named one by one where more are missing."""

COLUMNS = 6
_CELL = re.compile(r"(?<!\\)\|")
_LITERAL = re.compile(r"\^?((?:[\w/-]|\\\.)*)")
_GROUP = re.compile(r"\([^()]*\)")
_PATH = re.compile(r"[\w-][\w./-]*")


class Source(NamedTuple):
    """A folder or one file of the vectors and its source: `taken` is a path there, a pattern of paths, or words."""

    folder: str
    repository: str
    revision: str
    taken: str

    def at(self) -> str:
        """The file, or the directory (ending with a slash) of the source that this is a copy of; empty for none."""
        if "^" not in self.taken and "$" not in self.taken:
            return self.taken if _PATH.fullmatch(self.taken) and "..." not in self.taken else ""
        pattern = _GROUP.sub("*", _GROUP.sub("*", self.taken))
        begins = [found.group(1).replace("\\.", ".") for found in map(_LITERAL.match, pattern.split("|")) if found]
        common = os.path.commonprefix(begins)  # noqa: RUF071 - cut at the last slash, below
        return common[: common.rfind("/") + 1] or "/"

    def has(self, path: str) -> bool:
        """Whether a file of this folder stands in the source's directory under the same name."""
        there = self.at().lstrip("/") + path.removeprefix(f"{self.folder}/")
        return path == self.folder or (self.at().endswith("/") and re.search(self.taken, there) is not None)


@dataclass(frozen=True, slots=True)
class Locked:
    """One file: its path in the folder of vectors, SHA-256 in hexadecimal, source, and path in that source or none."""

    path: str
    sha256: str
    repository: str
    revision: str
    upstream: str

    def address(self, base: str) -> str:
        """Where it is fetched from; empty where a pattern asks the source, which has no such file."""
        if "{" not in base:
            return f"{base.rstrip('/')}/{urllib.parse.quote(self.path)}"
        path = urllib.parse.quote(self.upstream)
        return base.format(repository=self.repository, revision=self.revision, path=path) if path else ""


def sources(text: str) -> list[Source]:
    """The rows of a `SOURCES.md`, the longest folder first, so that the first that fits a file is its own."""
    rows = [[cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]] for line in text.splitlines()]
    found = [Source(row[0], row[1], row[2], row[4].strip("`")) for row in rows if len(row) > COLUMNS]
    return sorted((one for one in found if one.folder not in ("folder", "---")), key=lambda one: -len(one.folder))


def written(folder: Path) -> str:
    """The lock of a folder of vectors with its `SOURCES.md`."""
    listed = sources((folder / "SOURCES.md").read_text(encoding="utf-8"))
    found: dict[tuple[Source, bool], list[str]] = {}
    for path in sorted(path for path in folder.glob("*/**/*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        fits = [one for one in listed if name == one.folder or name.startswith(f"{one.folder}/")]
        # Several sources may share a folder: the one that has the file is its own, else the first.
        own = next((one for one in fits if one.has(name)), fits[0])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found.setdefault((own, own.has(name)), []).append(f"{digest} {name}")
    return HEADING + "".join(_section(own, files, has=has) for (own, has), files in sorted(found.items()))


def _section(own: Source, files: list[str], *, has: bool) -> str:
    members = {"folder": own.folder, "repository": own.repository, "revision": own.revision, "taken": own.taken}
    if has and own.at():
        members["at"] = own.at()
    lines = [f"{name} = {json.dumps(value)}" for name, value in members.items()]
    return "\n".join(["", "[[source]]", *lines, "files = [", *(f'  "{one}",' for one in files), "]", ""])


def locked(text: str) -> list[Locked]:
    """The files of a lock; a path that leads out of the folder is refused."""
    return [one for source in tomllib.loads(text)["source"] for one in _files(source)]


def _files(source: Mapping[str, object]) -> Iterator[Locked]:
    folder, at = str(source["folder"]), str(source.get("at", ""))
    listed = source["files"]
    assert isinstance(listed, list)
    for line in listed:
        digest, _, path = line.partition(" ")
        if ".." in Path(path).parts or Path(path).is_absolute():
            raise ValueError(f"a path out of the folder: {path}")
        upstream = at.lstrip("/") + path.removeprefix(f"{folder}/") if at.endswith("/") else at
        yield Locked(path, digest, str(source["repository"]), str(source["revision"]), upstream)


def fetch(one: Locked, base: str, folder: Path) -> str:
    """Brings one file into the folder, unless it is there; why it is not there then, or nothing."""
    place, address = folder / one.path, one.address(base)
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == one.sha256:
        return ""
    if not address:
        return "its source has no such file: only a copy of the folder has it"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
            content = answer.read(LONGEST + 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{address}: {error}"
    if hashlib.sha256(content).hexdigest() != one.sha256:
        return f"{address}: another digest than in specs/vectors.lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    # Under its name when it is whole: a command that is stopped leaves no half a vector.
    half = place.with_name(f"{place.name}.part")
    half.write_bytes(content)
    half.replace(place)
    return ""


def _fetch_all(base: str, folder: Path) -> int:
    files = locked(LOCK.read_text(encoding="utf-8"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        told = pool.map(lambda one: (one.path, fetch(one, base, folder)), files)
        missing = {path: why for path, why in told if why}
    for path, why in list(missing.items())[:SHOWN]:
        print(f"missing: {path}: {why}", file=sys.stderr)
    print(f"{len(files) - len(missing)} of {len(files)} official vectors are in {folder}", file=sys.stderr)
    return 1 if missing else 0


def main(arguments: list[str]) -> int:
    """Exit status 0 if all is there, 1 if a file is missing, 2 for wrong use."""
    match arguments:
        case ["write"]:
            LOCK.write_text(written(home()), encoding="utf-8")
            return 0
        case ["fetch", base] if base and os.environ.get("DIDKIT_VECTORS"):
            return _fetch_all(base, home())
    print("usage: make vectors-fetch DIDKIT_VECTORS=a/folder FROM=https://mirror.example/vectors", file=sys.stderr)
    print("   or: FROM='https://host.example/{repository}/{revision}/{path}', which asks the sources", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
