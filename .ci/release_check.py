"""`make release-check`: builds wheel and source archive of the last commit twice, and compares them byte for byte.

Each build has a copy of the committed files in a folder of its own, with another name, another umask and another time
zone: what depends on one of these differs, and this command ends with 1. What is equal is left in the folder that is
named as argument, its SHA-256 printed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIES = (("a", 0o022, "UTC"), ("another-folder", 0o077, "Pacific/Auckland"))


def git(*arguments: str) -> bytes:
    """What git prints."""
    return subprocess.run(["/usr/bin/env", "git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def build(folder: Path, umask: int, zone: str) -> dict[str, bytes]:
    """What a build of the last commit in this folder makes, by name."""
    folder.mkdir()
    subprocess.run(["/usr/bin/env", "tar", "-x"], cwd=folder, input=git("archive", "HEAD"), check=True, umask=umask)
    moment = git("log", "-1", "--format=%ct").decode().strip()
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", "made"],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": moment, "TZ": zone},
        umask=umask,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return {path.name: path.read_bytes() for path in sorted((folder / "made").iterdir())}


def main(place: Path) -> int:
    """Exit status 0 if both builds are the same bytes."""
    if git("status", "--porcelain", "--untracked-files=no"):
        print("what is built is the last commit; changes of the checkout are not in it", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="didkit-release-") as folder:
        one, other = (build(Path(folder) / name, umask, zone) for name, umask, zone in COPIES)
    different = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    if different or not one:
        print(f"not the same twice: {', '.join(different) or 'nothing was built'}", file=sys.stderr)
        return 1
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, content in one.items():
        (place / name).write_bytes(content)
        print(f"{hashlib.sha256(content).hexdigest()}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
