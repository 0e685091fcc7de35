"""The lock of the official vectors, the command that fills a folder by it, and what a run says of those not there."""

import hashlib
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import vectors_lock
from tests.vectors import home, vectors
from tests.vectors_lock import LOCK, Locked, Source, fetch, locked, sources, written

ROOT = Path(__file__).resolve().parents[1]
FILES = locked(LOCK.read_text(encoding="utf-8"))
SOURCES = """# Sources
| folder | repository | commit | date | path | licence | note |
|---|---|---|---|---|---|---|
| a | org/one | 11 | 2026 | `^(x\\|y)/z\\|^y$` | L | |
| a/b | org/two | 22 | 2026 | `^tests/in/.*\\.json$` | L | |
| a/b | org/three | 33 | 2026 | `^out/.*\\.txt$` | L | |
| a/b/text.json | org/four | 44 | 2026 | `spec.md (code blocks only)` | L | |
| c.json | org/five | 55 | 2026 | `v1/c` | L | |
"""


@contextmanager
def server(files: dict[str, bytes]):
    """Serves these paths on loopback; yields its address and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("content-length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}", asked
        serving.shutdown()
        thread.join()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_every_file_has_a_digest_and_a_source_at_a_revision() -> None:
    assert len(FILES) > 2000
    assert len({one.path for one in FILES}) == len(FILES)
    assert all(re.fullmatch("[0-9a-f]{64}", one.sha256) for one in FILES)
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", one.repository) for one in FILES if one.upstream)
    assert all(re.fullmatch("[0-9a-f]{40}", one.revision) for one in FILES if one.upstream)
    # Most can be had from their sources as they are.
    assert sum(bool(one.upstream) for one in FILES) > len(FILES) * 0.9


@pytest.mark.vectors
def test_the_lock_is_that_of_the_folder() -> None:
    vectors("sdjwt")
    there = [one for one in FILES if (home() / one.path).is_file()]
    assert there
    assert not [one.path for one in there if digest((home() / one.path).read_bytes()) != one.sha256]
    # A folder that was filled by the lock says nothing of its sources itself.
    if (home() / "SOURCES.md").exists():
        assert written(home()) == LOCK.read_text(encoding="utf-8")


def test_a_lock_is_made_of_a_folder(tmp_path) -> None:
    (tmp_path / "SOURCES.md").write_text(SOURCES, "utf-8")
    for name in ("a/b/1.json", "a/b/2.txt", "a/b/text.json", "a/b/odd", "a/x/z"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    found = {one.path: one for one in locked(written(tmp_path))}
    assert {path: (one.repository, one.upstream) for path, one in found.items()} == {
        "a/b/1.json": ("org/two", "tests/in/1.json"),
        "a/b/2.txt": ("org/three", "out/2.txt"),
        "a/b/odd": ("org/two", ""),
        "a/b/text.json": ("org/four", ""),
        "a/x/z": ("org/one", "x/z"),
    }
    assert found["a/x/z"].sha256 == digest(b"a/x/z")
    assert found["a/x/z"].revision == "11"


@pytest.mark.parametrize(
    ("taken", "at"),
    [
        ("^tests/rdfc10/|^tests/manifest.*(ttl|jsonld|csv)$", "tests/"),
        (r"^tests/in/.*\.json$", "tests/in/"),
        (r"\.json$", "/"),
        (r"^a/(b/(c|d)|e)/f$", "a/"),
        ("contexts/v1", "contexts/v1"),
        ("src/.../TestVectors.kt", ""),
        ("main.md (code blocks only)", ""),
    ],
)
def test_where_a_source_has_the_same_files(taken, at) -> None:
    assert Source("f", "o/r", "1", taken).at() == at


def test_rows_of_sources_are_read_with_the_longest_folder_first() -> None:
    assert [one.folder for one in sources(SOURCES)] == ["a/b/text.json", "c.json", "a/b", "a/b", "a"]
    assert sources(SOURCES)[-1].taken == "^(x|y)/z|^y$"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/x"])
def test_a_path_out_of_the_folder_is_refused(path) -> None:
    text = f'[[source]]\nfolder = "a"\nrepository = "o/r"\nrevision = "1"\nfiles = ["{"0" * 64} {path}"]'
    with pytest.raises(ValueError, match="out of the folder"):
        locked(text)


def test_a_copy_of_the_folder_is_asked_by_path_and_a_source_by_its_own() -> None:
    one = Locked("a/b c.json", "0" * 64, "org/two", "22", "tests/in/b c.json")
    assert one.address("https://mirror.example/v/") == "https://mirror.example/v/a/b%20c.json"
    pattern = "https://host.example/{repository}/{revision}/{path}"
    assert one.address(pattern) == "https://host.example/org/two/22/tests/in/b%20c.json"
    assert Locked("a", "0" * 64, "org/two", "22", "").address(pattern) == ""


def test_a_file_is_kept_only_with_its_digest_and_fetched_once(tmp_path) -> None:
    good, bad, absent = (Locked(name, digest(b"right"), "o/r", "1", "") for name in ("a/good", "a/bad", "a/absent"))
    with server({"/v/a/good": b"right", "/v/a/bad": b"wrong"}) as (address, asked):
        base = f"{address}/v"
        assert [fetch(one, base, tmp_path) for one in (good, good)] == ["", ""]
        assert asked == ["/v/a/good"]
        assert "another digest" in fetch(bad, base, tmp_path)
        assert "404" in fetch(absent, base, tmp_path)
        # What was altered afterwards is not taken for what the lock says.
        (tmp_path / "a/good").write_bytes(b"altered")
        assert fetch(good, base, tmp_path) == ""
    assert (tmp_path / "a/good").read_bytes() == b"right"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["good"]


def test_a_server_that_is_not_there_is_said(tmp_path) -> None:
    with server({}) as (address, _):
        pass
    assert address in fetch(Locked("a", "0" * 64, "o/r", "1", ""), address, tmp_path)


def test_the_command_fills_a_folder_and_says_what_is_missing(tmp_path, monkeypatch, capsys) -> None:
    (tmp_path / "SOURCES.md").write_text(SOURCES, "utf-8")
    (tmp_path / "a/b").mkdir(parents=True)
    for name in ("a/b/1.json", "a/b/text.json"):
        (tmp_path / name).write_text(name, "utf-8")
    monkeypatch.setattr(vectors_lock, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(vectors_lock, "home", lambda: tmp_path)
    monkeypatch.setenv("DIDKIT_VECTORS", str(tmp_path))
    assert vectors_lock.main(["write"]) == 0
    monkeypatch.setattr(vectors_lock, "home", lambda: tmp_path / "new")
    with server({"/org/two/22/tests/in/1.json": b"a/b/1.json"}) as (address, _):
        assert vectors_lock.main(["fetch", address + "/{repository}/{revision}/{path}"]) == 1
    said = capsys.readouterr().err
    assert "missing: a/b/text.json: its source has no such file" in said
    assert f"1 of 2 official vectors are in {tmp_path / 'new'}" in said
    with server({"/a/b/text.json": b"a/b/text.json"}) as (address, asked):
        assert vectors_lock.main(["fetch", address]) == 0
    assert asked == ["/a/b/text.json"]


@pytest.mark.parametrize("arguments", [[], ["fetch"], ["fetch", ""], ["fetch", "a", "b"], ["fetch", "http://x"]])
def test_wrong_use(arguments, monkeypatch, capsys) -> None:
    monkeypatch.delenv("DIDKIT_VECTORS", raising=False)
    assert vectors_lock.main(arguments) == 2
    assert "usage" in capsys.readouterr().err


def test_a_run_in_parallel_says_once_which_vectors_are_absent(tmp_path) -> None:
    command = [sys.executable, "-m", "pytest", "-n", "1", "-p", "no:cacheprovider", "tests/test_vectors_lock.py"]
    environment = {**os.environ, "DIDKIT_VECTORS": str(tmp_path)}
    environment.pop("DIDKIT_REQUIRE_VECTORS", None)
    ran = subprocess.run(
        [*command, "-k", "lock_is_that_of_the_folder"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.count("official vectors absent, their tests skipped: bbs, contexts, cose,") == 1
    assert "1 skipped" in ran.stdout
