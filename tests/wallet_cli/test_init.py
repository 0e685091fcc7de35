"""A wallet that is founded on anchors which cannot be read is not founded: this file opens, and reading it fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def test_anchors_that_cannot_be_read(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"a long passphrase of a citizen\n")
    os.close(writer)
    command = [sys.executable, "-m", "wallet_cli.main", "init", "--json", "--vault", str(tmp_path / "vault")]
    done = subprocess.run(
        [*command, "--anchors", "/proc/self/mem", "--passphrase-fd", str(reader)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE, pass_fds=[reader],
    )  # fmt: skip
    os.close(reader)
    assert done.returncode != 0
    assert json.loads(done.stdout)["error"] == "file_unreadable", done.stderr
    assert not (tmp_path / "vault").exists()
