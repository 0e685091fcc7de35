"""A wheel with the packages of pure computation compiled by mypyc, if DIDKIT_COMPILE=1 asks for it; needs a C compiler.

The sources stay in the wheel beside what is compiled of them: one text, two ways to run it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("encoding", "keys", "proofs", "formats", "status", "verification")
# Tables of terms and of error codes, which nothing would make faster.
DATA, TABLE = "contexts", "codes.py"


class CompileHook(BuildHookInterface):
    """Hatchling finds this class by itself."""

    def dependencies(self) -> list[str]:
        """What a build in an environment of its own has to bring."""
        return ["mypy>=1.18", "setuptools>=77"] if os.environ.get("DIDKIT_COMPILE") == "1" else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles in a folder of its own and puts the results into the wheel."""
        if version == "editable" or os.environ.get("DIDKIT_COMPILE") != "1":
            return
        place = Path(self.directory) / "compiled"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(
            Path(self.root) / "didkit_fr", place / "didkit_fr", ignore=shutil.ignore_patterns("__pycache__")
        )
        # The packages that come without types say so in pyproject.toml; here they only have to be left alone.
        (place / "mypy.ini").write_text("[mypy]\nignore_missing_imports = True\n")
        subprocess.run([sys.executable, "-m", "mypyc", *sources(place)], cwd=place, check=True)
        made = {str(path): path.name for path in place.glob("*.so")}
        made |= {str(path): str(path.relative_to(place)) for path in place.glob("didkit_fr/**/*.so")}
        build_data.update(pure_python=False, infer_tag=True)
        build_data["force_include"].update(made)


def sources(place: Path) -> list[str]:
    """What is compiled of a checkout: the paths of modules in it."""
    found = [path for package in PACKAGES for path in (place / "didkit_fr" / package).rglob("*.py")]
    return sorted(
        str(path.relative_to(place))
        for path in found
        if DATA not in path.parts and path.name not in {"__init__.py", TABLE}
    )
