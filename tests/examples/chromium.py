"""A Chromium of the system, driven by Playwright; its tests are skipped where there is none."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def executable() -> str:
    """Where it is; with `DIDKIT_REQUIRE_CHROMIUM=1` (as in CI) its absence is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        message = "Chromium absent: install the package chromium"
        if os.environ.get("DIDKIT_REQUIRE_CHROMIUM") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


@contextmanager
def browser(profile: Path, locale: str, *, flags: Sequence[str] = FLAGS, **settings) -> Iterator:
    """A browser with a profile of its own."""
    from playwright.sync_api import sync_playwright

    found = executable()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=found, args=list(flags), locale=locale, **settings
        )
        try:
            yield context
        finally:
            context.close()
