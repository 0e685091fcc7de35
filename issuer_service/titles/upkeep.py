"""What the service does once a minute: follows the revocation log, forgets what surely expired, and moves the mark."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime

from aiohttp import web

from didkit_fr.errors import DidkitError
from issuer_service.revocations.port import Log
from issuer_service.revocations.replaying import catch_up
from issuer_service.shell import clock
from issuer_service.shell.doubts import Doubts
from issuer_service.shell.events import bug
from issuer_service.shell.watch import Watch
from issuer_service.titles import generation
from issuer_service.titles.config import Config
from issuer_service.titles.issuance import DAY
from issuer_service.titles.routes.context import CONTEXT, Context

__all__ = ["Upkeep", "upkeep"]

SECONDS = 60
REMINDER_DAYS = 30


class Upkeep:
    """The rounds of one process."""

    def __init__(self, context: Context, config: Config, log: Log, watch: Watch) -> None:
        self._context = context
        self._config = config
        self._watch = watch
        self._log = log
        self._doubts = Doubts(context.events.emit)
        self._rounds = 0
        self._reminded = -1

    async def start(self) -> None:
        """Before the first request: what a backup taken until now holds is older than the mark from here on.

        Raises:
            DidkitError: as `generation.tick`.
        """
        await generation.tick(self._context.issuer.ports.storage, self._config.place("mark"))

    async def end(self) -> None:
        """After the last request."""
        with suppress(DidkitError):
            await self.start()

    async def forever(self) -> None:
        """A round a minute; one that fails ends nothing but itself."""
        while True:
            await self.once()
            await asyncio.sleep(SECONDS)

    async def once(self) -> None:
        """One round; what goes wrong in it is an event."""
        try:
            await self._round(self._context.clock())
        except DidkitError as error:
            self._context.events.emit("upkeep_refused", code=error.code)
        except Exception as error:  # noqa: BLE001 - a failure once must not end the forgetting for ever
            self._context.events.emit("upkeep_failed", **bug(error))

    async def _round(self, now: int) -> None:
        ports = self._context.issuer.ports
        if now // DAY != self._reminded:
            self._reminded = now // DAY
            _remind(self._context, now)
        known = await asyncio.to_thread(self._watch.known)
        self._doubts.tell(known, wall=now, day=self._rounds * SECONDS // DAY)
        self._rounds += 1
        forget = clock.forgetting(known, wall=now)
        await ports.storage.purge(now=forget)
        if forget is not None:
            await ports.epochs.destroy(forget)
        # Before years are dropped: otherwise the mark would miss them.
        await generation.tick(ports.storage, self._config.place("mark"))
        if forget is not None:
            await asyncio.to_thread(self._log.forget, datetime.fromtimestamp(forget, UTC).year)
        # Last: a log that was lost is refused here, and keeps nothing else from being done.
        replayed = await catch_up(ports.storage, self._log)
        if replayed:
            self._context.events.emit("revocations_replayed", count=replayed)


def upkeep(config: Config, log: Log, watch: Watch) -> Callable[[web.Application], AsyncGenerator[None, None]]:
    """What goes on beside the requests of an application."""

    async def around(app: web.Application) -> AsyncGenerator[None, None]:
        rounds = Upkeep(app[CONTEXT], config, log, watch)
        await rounds.start()
        task = asyncio.create_task(rounds.forever())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await rounds.end()

    return around


def _remind(context: Context, now: int) -> None:
    """Says once a day how long the signers last, as soon as that is not long."""
    days = (min(signers[-1].ends for signers in context.issuer.identities.values()) - now) // DAY
    if days < context.issuer.ports.settings.validity_days + REMINDER_DAYS:
        context.events.emit("signers_end", days=max(days, 0))
