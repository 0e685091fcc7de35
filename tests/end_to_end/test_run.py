"""`make run`: what it prints works as printed, and Ctrl-C ends it."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from didkit_fr.credentials import titles
from tests.end_to_end.run import COMMANDS, OTHER, TITLES
from tests.end_to_end.world import BIN, ROOT
from tests.waiting import PATIENCE

STRICT = ("-e", "-u", "-o", "pipefail")  # the first command that fails ends the shell

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]


@contextmanager
def running(folder):
    """Runs it as a terminal does, in a process group of its own; what it printed, and the process."""
    command = [sys.executable, "-m", "tests.end_to_end.run", "--folder", folder]
    errors = folder.parent / "errors"
    with (
        errors.open("wb") as stream,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stream, start_new_session=True) as process,
    ):
        try:
            printed = b""
            while not printed.endswith(b"the folder stays.\n\n"):
                line = process.stdout.readline()
                assert line, errors.read_text("utf-8")
                printed += line
            yield printed.decode(), process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(PATIENCE)
    assert errors.read_bytes() == b""


def paragraphs(printed):
    """The commands as a person copies them: the first paragraph goes before any other."""
    commands = printed.partition("In another terminal:\n\n")[2].partition("\n\nOther titles:\n")[0]
    return commands.split("\n\n")


def others(printed):
    """The offers of the other titles, each a paragraph."""
    return printed.partition("Other titles:\n\n")[2].partition("\nCtrl-C ends it")[0].split("\n\n")


def typed(commands, *options):
    """Runs commands in one shell."""
    shell = [shutil.which("bash") or "bash", *options, "-c", "\n".join(commands)]
    return subprocess.run(shell, capture_output=True, text=True, timeout=PATIENCE, check=False)


def place(printed, name):
    return re.search(rf"^{name}: +(.+)$", printed, re.MULTILINE)[1]


def test_what_it_prints_works_and_ctrl_c_ends_it(tmp_path):
    folder = tmp_path / "a folder"
    with running(folder) as (printed, process):
        assert place(printed, "anchors for wallets") == f"{folder}/wallet-anchors.json"
        enter, offer, receive, look, ask, revoke = commands = paragraphs(printed)
        first = typed(commands, *STRICT)
        assert first.returncode == 0, first.stderr
        (result,) = (json.loads(line) for line in first.stdout.splitlines() if line.startswith('{"outcome"'))
        assert (result["outcome"], result["claims"]["age_over_18"]) == ("welcome", True)
        assert "kept: " in first.stdout
        assert "Family name" in first.stdout
        page = rf"{re.escape(place(printed, 'issuer'))}/offers/[\w-]{{43}}/page/[\w-]{{43}}"
        assert re.search(f"^{page}$", first.stdout, re.MULTILINE)
        again = typed([enter, "sleep 1.5", ask])
        assert '"status_revoked"' in again.stdout, again.stderr
        assert "copies: 10" in first.stdout  # of the two formats
        assert "revoke" in revoke
        second = start_again(folder)
        assert (second.returncode, second.stdout) == (3, "")
        assert "hint: is it running already" in second.stderr
        assert "Traceback" not in second.stderr
        assert process.poll() is None
    assert process.returncode == 0
    assert stat.S_IMODE((folder / "issuer-passphrase").stat().st_mode) == 0o600
    with running(folder) as (reprinted, process):
        for name in ("register", "issuer", "anchors for wallets"):
            assert place(reprinted, name) == place(printed, name)
        assert paragraphs(reprinted)[:4] == [enter, offer, receive, look]
        second = typed([enter, offer, receive, paragraphs(reprinted)[4]], *STRICT)
        assert second.returncode == 0, second.stderr
        assert '"outcome": "welcome"' in second.stdout
    assert process.returncode == 0


def test_every_title_is_received_as_printed(tmp_path):
    with running(tmp_path / "data") as (printed, _):
        enter, offer, receive, look, *_ = paragraphs(printed)
        every = [offer, *others(printed)]
        assert [re.search(r"--title (\w+)", one)[1] for one in every] == list(TITLES)
        for one in every:
            done = typed([enter, one, receive], *STRICT)
            assert done.returncode == 0, done.stderr
        held = typed([enter, look], *STRICT)
        assert held.returncode == 0, held.stderr
        for title in map(titles.load, TITLES):
            assert title.label["en"] in held.stdout


def test_the_pages_it_names_are_there_and_the_codes_open_them(tmp_path):
    folder = tmp_path / "data"
    with running(folder) as (printed, _):
        offers = re.findall(r"^ +page: (\S+)/page/(\S+)\n +code: (\d{6})$", printed, re.MULTILINE)
        assert len(offers) == len(TITLES)
        for name in ("start page", "titles"):
            assert get(place(printed, name))[0] == 200
        for address, opens, code in offers:
            status, page = get(f"{address}/page/{opens}")
            assert status == 200
            assert get(f"{address}/page/{opens}")[0] == 404
            assert code not in re.sub(r'src="data:[^"]*"', "", page)
        enter, _, receive, *_ = paragraphs(printed)
        address, _, code = offers[-1]
        link = f"openid-credential-offer://?credential_offer_uri={quote(address, safe='')}"
        (folder / "offer.txt").write_text(f"offer: {link}\ntx_code: {code}\n")
        done = typed([enter, receive], *STRICT)
        assert done.returncode == 0, done.stderr


def get(url):
    """Status and text of what a browser on this machine would see."""
    try:
        with urlopen(url, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def start_again(folder):
    """A second one in the same folder."""
    command = [sys.executable, "-m", "tests.end_to_end.run", "--folder", folder]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)


def test_the_commands_are_the_installed_ones():
    used = set(re.findall(r"didkit-[a-z]+", COMMANDS + OTHER))
    assert used == {"didkit-register", "didkit-issuer", "didkit-wallet"}
    assert all((BIN / name).exists() for name in used)


def test_no_comment_opens_a_quotation_in_a_shell_that_does_not_know_comments():
    comments = [line for line in (COMMANDS + OTHER).splitlines() if line.startswith("#")]
    assert len(comments) == 6
    assert not any(set(line) & set("'\"`$\\") for line in comments)
