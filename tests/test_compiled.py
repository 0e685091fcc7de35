"""Which library runs: the one of the checkout, or the compiled one of `make fast` where DIDKIT_COMPILED=1 says so."""

import importlib
import importlib.util
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / ".ci/hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_runs_is_what_was_asked_for():
    names = [source.removesuffix(".py").replace("/", ".") for source in hook().sources(ROOT)]
    assert {name.split(".")[1] for name in names} == set(hook().PACKAGES)
    compiled = [name for name in names if not importlib.import_module(name).__file__.endswith(".py")]
    assert compiled == (names if os.environ.get("DIDKIT_COMPILED") == "1" else [])
