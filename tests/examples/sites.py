"""The example programs as modules, with a nation of test-only people to visit them."""

import asyncio
import importlib.util
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from aiohttp import web

from didkit_fr.testing import TestNation
from tests.waiting import PATIENCE

EXAMPLES = Path(__file__).resolve().parents[2] / "specs" / "examples"


def load(name: str) -> ModuleType:
    """An example, imported afresh."""
    if name == "django_site":
        _forget_django()
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _forget_django() -> None:
    """Django's settings and addresses are of the process, in which another test may have loaded the example."""
    from django.conf import empty, settings
    from django.urls import clear_url_caches

    settings._wrapped = empty
    clear_url_caches()


def found(folder: Path) -> TestNation:
    """A nation of now, its relying party's files in a folder."""
    nation = TestNation(int(time.time()))
    for name, content in nation.files().items():
        (folder / name).write_bytes(content)
    return nation


@contextmanager
def serving(app_at) -> Iterator[str]:
    """A site on loopback in a thread of its own; `app_at(address)` makes it. Gives the address."""
    loop, ready, addresses = asyncio.new_event_loop(), threading.Event(), []

    async def start() -> web.AppRunner:
        import socket

        listening = socket.create_server(("127.0.0.1", 0))
        addresses.append(f"http://127.0.0.1:{listening.getsockname()[1]}")
        runner = web.AppRunner(app_at(addresses[0]), access_log=None)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        return runner

    def serve() -> None:
        asyncio.set_event_loop(loop)
        runners.append(loop.run_until_complete(start()))
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runners[0].cleanup())
        loop.close()

    runners: list[web.AppRunner] = []
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
