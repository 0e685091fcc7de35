"""README is executed: its tour block by block, in its order, with real processes; its links and targets exist."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from didkit_fr.errors import VerificationError
from tests.end_to_end.world import BIN, run
from tests.ports import free_port
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md"), *(ROOT / "specs").rglob("*.md")])
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+) ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
PORT = re.compile(r"(?:(?<=127\.0\.0\.1:)|(?<=--port ))\d{4,5}\b")
DONE, FAILED = "block-done", "block-failed"
START = 20


class Block(NamedTuple):
    """One fenced block: its language, the word after it, its text."""

    language: str
    use: str
    text: str


BLOCKS = [Block(*found) for found in BLOCK.findall(README)]


class Shell:
    """One bash that reads block after block, as a person would paste them; a failing command ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen = ""
        self.process = subprocess.Popen(
            ["/usr/bin/env", "bash", "--norc", "-eu"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={"PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", "TMPDIR": str(folder), "LANG": "C.UTF-8"},
        )

        self._say(f"trap \"printf '\\n%s\\n' {FAILED}\" EXIT; printf '\\n%s\\n' {DONE}")

    def __call__(self, text: str) -> str:
        """Runs one block and returns what it printed; the servers it started listen when this returns."""
        ports = [int(port) for line in text.split("\n\n") if line.rstrip().endswith("&") for port in PORT.findall(line)]
        script = self.folder / "block.sh"
        script.write_text(text, "utf-8")
        printed = self._say(f". {script} < /dev/null; printf '\\n%s\\n' {DONE}")
        for port in ports:
            self._say(_WAIT.format(port=port, tries=START * 10) + f"\nprintf '\\n%s\\n' {DONE}")
        return printed

    def _say(self, command: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timer = threading.Timer(PATIENCE, self.kill)
        timer.start()
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        lines: list[str] = []
        # Not until the end of output: servers that a failed block started would hold it open.
        ended = next((line for line in map(str.strip, self._lines(lines)) if line in (DONE, FAILED)), FAILED)
        timer.cancel()
        if ended == FAILED:
            pytest.fail(f"a block of README failed:\n{''.join(lines)}")
        self.seen += "".join(lines)
        return "".join(lines).replace(DONE, "")

    def _lines(self, kept: list[str]) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            kept.append(line)
            yield line

    def close(self) -> None:
        """Ends the shell and whatever it started."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.kill()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=PATIENCE)

    def kill(self) -> None:
        """Kills the shell and the servers it started: they are one process group, and nobody else is in it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


_WAIT = """for try in $(seq {tries}); do
  (exec 9<> /dev/tcp/127.0.0.1/{port}) 2> /dev/null && break; sleep 0.1; test $try -lt {tries}
done"""


@contextlib.contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    opened = Shell(folder)
    try:
        yield opened
    finally:
        opened.close()


class Tour:
    """README's ports and programs are replaced by free ports and those under test; nothing else is."""

    def __init__(self, folder: Path) -> None:
        self.ports = {port: str(free_port()) for port in sorted(set(PORT.findall(README)))}
        self.folder = folder

    def text(self, block: Block) -> str:
        text = PORT.sub(lambda port: self.ports[port.group()], block.text)
        return text.replace("$PWD/.venv/bin", str(BIN))

    def exchange(self, transaction) -> bytes:
        """The two routes of `exchange`, and a real wallet that is shown the link."""
        bodies: list[bytes] = []

        class Routes(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(transaction.request_object.encode(), "application/oauth-authz-req+jwt")

            def do_POST(self) -> None:
                bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self._answer(b"{}", "application/json")

            def _answer(self, body: bytes, content_type: str) -> None:
                self.send_response(200)
                self.send_header("content-type", content_type)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        with ThreadingHTTPServer(("127.0.0.1", int(self.ports["8003"])), Routes) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            agreed = ["--yes", "--verifier", (self.folder / "bar" / "client_id").read_text("utf-8")]
            command = [BIN / "didkit-wallet", "present", *agreed, "--vault", self.folder / "wallet"]
            shown = run(command, stdin=transaction.link, secrets={"--passphrase-fd": "a long passphrase of the wallet"})
            server.shutdown()
            thread.join()
        assert shown.status == 0, shown.err
        return bodies[0]

    def verify(self, block: Block, monkeypatch) -> str:
        """Runs the ten lines where the tour's files are; returns what they print."""
        printed = io.StringIO()
        with monkeypatch.context() as patch, contextlib.redirect_stdout(printed):
            patch.chdir(self.folder)
            exec(compile(self.text(block), "README.md", "exec"), {"exchange": self.exchange})  # noqa: S102 - our own README
        return printed.getvalue()


@pytest.mark.end_to_end
@pytest.mark.slow
def test_the_tour_of_the_readme(tmp_path, monkeypatch) -> None:
    verified: list[str] = []
    with shell(tmp_path) as bash:
        tour = Tour(tmp_path)
        for block in BLOCKS:
            if block.use == "tour" and block.language == "bash":
                before_end, end, _ = tour.text(block).partition("kill $(jobs -p)")
                bash(before_end)
                tour.folder = Path(bash("pwd").strip())
                if end:
                    (ten_lines,) = [one for one in BLOCKS if one.use == "verify"]
                    with pytest.raises(VerificationError) as error:
                        tour.verify(ten_lines, monkeypatch)
                    assert error.value.code == "status_revoked"
                    bash(f"{end}\nwait")
            elif block.use == "tour":
                (tour.folder / "block.py").write_text(tour.text(block), "utf-8")
                made = subprocess.run(
                    [sys.executable, "block.py"], cwd=tour.folder, capture_output=True, text=True, check=False
                )
                assert made.returncode == 0, made.stderr
            elif block.use == "verify":
                verified.append(tour.verify(block, monkeypatch))
    assert verified == ["True CN=didkit-fr signer,C=FR valid\n"], verified
    assert '"outcome": "welcome"' in bash.seen
    assert '"age_over_18": true' in bash.seen
    assert "copies: " in bash.seen


def test_every_block_is_run_or_names_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for block in BLOCKS:
        if block.language == "mermaid" or block.use in ("tour", "verify", "test"):
            continue
        named = re.findall(r"^make (\w+)\b", block.text, re.MULTILINE)
        assert len(named) == len(block.text.splitlines()), block.text
        assert set(named) <= targets
    assert {"demo", "test", "run", "scan", "bench", "vectors"} <= targets
    assert [sum(block.use == use for block in BLOCKS) for use in ("verify", "test")] == [1, 1]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_target_of_make_and_every_module_that_is_run_exists(document) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    modules = [name.replace(".", "/") for name in re.findall(r"`python -m (tests[\w.]*)", text)]
    assert not [name for name in modules if not ((ROOT / f"{name}.py").exists() or (ROOT / name).is_dir())]


DECISIONS = sorted((ROOT / "specs/decisions").glob("*.md"))
STATUS = re.compile(r"^Status: (?:accepted|proposed|superseded by (\d{4})), \d{4}-\d{2}-\d{2}[.;]", re.MULTILINE)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_number_a_status_and_a_date(decision) -> None:
    text = decision.read_text(encoding="utf-8")
    assert text.startswith(f"# {decision.name[:4]}: ")
    (found,) = STATUS.finditer(text)
    numbers = [path.name[:4] for path in DECISIONS]
    assert numbers.count(decision.name[:4]) == 1
    assert found[1] is None or found[1] in numbers


def test_contributing_fits_on_a_page() -> None:
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_a_relying_partys_own_tests_pass(tmp_path) -> None:
    (block,) = [block for block in BLOCKS if block.use == "test"]
    (tmp_path / "test_bar.py").write_text(block.text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), "-p", "no:cacheprovider", "-Werror"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [*command, "test_bar.py"], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert ran.returncode == 0, ran.stdout
    assert "13 passed" in ran.stdout


def test_verifying_takes_ten_statements() -> None:
    (block,) = [block for block in BLOCKS if block.use == "verify"]
    lines = [line for line in block.text.splitlines() if line and not line.startswith(("import", "from"))]
    assert len(lines) <= 12, lines  # ten, and what the formatter breaks


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document) -> None:
    text = document.read_text(encoding="utf-8")
    local = [link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    assert not [link for link in local if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_that_is_named_exists(document) -> None:
    named = re.findall(
        r"`((?:didkit_fr|issuer_service|wallet_cli|tests|specs)/[\w./-]*)`", document.read_text(encoding="utf-8")
    )
    assert not [name for name in named if not (ROOT / name).exists()]
