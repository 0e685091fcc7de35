"""`python -m tests.derive`: writes what is derived from each title's table beside it; removes what is not any more."""

import sys
from pathlib import Path

from didkit_fr import specs
from didkit_fr.credentials import derive, titles

HOME = Path(__file__).resolve().parents[1] / "specs" / "credentials"
BY_HAND = frozenset({"title.toml", "parent-type-metadata.json", "rulebook.md"})


def main() -> int:
    """Writes the files; says which changed."""
    for title_id in specs.folders("credentials"):
        wanted = derive.documents(titles.load(title_id))
        for path in sorted((HOME / title_id).iterdir()):
            if path.name not in wanted and path.name not in BY_HAND:
                path.unlink()
                print(f"removed {title_id}/{path.name}")
        for name, data in wanted.items():
            path = HOME / title_id / name
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)
                print(f"wrote {title_id}/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
