"""Folder "jcs": RFC 8785 through the public API."""

from didkit_fr.encoding import jcs, json
from tests.vectors import vectors

Case = tuple[str, bool, str | None]


def run() -> list[Case]:
    """Every case of the folder: its name, and whether it passed."""
    home = vectors("jcs")
    cases: list[Case] = []
    for path in sorted((home / "input").glob("*.json")):
        made = jcs.encode(json.parse(path.read_bytes()))
        expected = bytes.fromhex((home / "outhex" / f"{path.stem}.txt").read_text())
        same = made == expected == (home / "output" / path.name).read_bytes().removesuffix(b"\n")
        cases.append((path.stem, same, None))
    return cases
