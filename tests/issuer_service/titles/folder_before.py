"""An issuer as it was founded before each document type had a signer of its own, and titles that it issued.

`folder_before.zip` was made by the code of 2026-11-30 at 18a9b41: `tests.issuer_service.world.opened` with the titles
and formats below, then one copy of each title in each format; places in the settings were made relative.
"""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from didkit_fr.encoding import base64url
from didkit_fr.keys.software import SoftwareSigner, from_secret
from issuer_service.titles import config
from issuer_service.titles.config import Config

ARCHIVE = Path(__file__).with_suffix(".zip")
TITLES = ("pid", "driving_licence")
FORMATS = ("dc+sd-jwt", "mso_mdoc")


@dataclass(frozen=True)
class TitleBefore:
    """A copy, and the key that it is bound to."""

    format: str
    raw: str = field(repr=False)
    holder: SoftwareSigner = field(repr=False)


def unpacked(folder: Path, **settings: Any) -> tuple[Config, tuple[TitleBefore, ...]]:
    """The issuer in a folder of this test, with changed settings, and its titles."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(folder)
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    held = json.loads((folder / "titles.json").read_bytes())
    titles = [TitleBefore(one["format"], one["raw"], from_secret(base64url.decode(one["holder"]))) for one in held]
    changed(folder / "data", **settings)
    return config.load(folder / "data"), tuple(titles)


def changed(data: Path, **settings: Any) -> Config:
    """The data folder with other values of these settings."""
    place = data / config.SETTINGS
    lines = [line for line in place.read_text().splitlines() if line.partition(" = ")[0] not in settings]
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    place.write_text("\n".join(lines) + "\n")
    return config.load(data)
