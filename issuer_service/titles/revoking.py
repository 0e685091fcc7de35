"""Revocation and suspension: by document number, through blind indices, and into the log before the database."""

from asyncio import to_thread
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from didkit_fr.credentials import titles
from didkit_fr.errors import VerificationError
from issuer_service.grants import sealing
from issuer_service.keys.port import PSEUDONYM, Keys
from issuer_service.revocations.port import Log
from issuer_service.revocations.replaying import catch_up
from issuer_service.storage.port import Closed, Replayed, Storage
from issuer_service.titles import generation
from issuer_service.titles.config import Settings

__all__ = [
    "Registry",
    "blind_index",
    "check_suspendable",
    "check_title",
    "is_suspendable",
    "resume",
    "revoke",
    "suspend",
]


@dataclass(frozen=True, slots=True)
class Registry:
    """Where what was revoked is recorded: storage, and the log outside it that outlives a restored backup.

    `mark` is the place of the mark, which says how far both had come. `measured` is the time that surely came (seconds
    since 1970, `clock`), where one is known.
    """

    storage: Storage
    log: Log
    mark: Path
    measured: int | None = None


def check_title(settings: Settings, title: str) -> None:
    """Checks that a title is one of this issuer's: of another there is nothing to revoke, and no reason to say so.

    Raises:
        VerificationError: `title_not_issued`.
    """
    if title not in settings.titles:
        raise VerificationError("title_not_issued")


def is_suspendable(title: str) -> bool:
    """Whether a title may be suspended: its own table says so. Identification data never may (EU PID rulebook).

    Raises:
        ParseError: `title_unknown`.
    """
    return bool(getattr(titles.load(title), "suspendable", False))


def check_suspendable(settings: Settings, title: str) -> None:
    """Checks that a title is one of this issuer's, and one that may be suspended.

    Raises:
        VerificationError: `title_not_issued`, `title_not_suspendable`.
    """
    check_title(settings, title)
    if not is_suspendable(title):
        raise VerificationError("title_not_suspendable")


async def revoke(registry: Registry, keys: Keys, *, title: str, document_number: str, now: int) -> Closed:
    """Revokes every copy that may still be valid of a document's title, and closes its open offers and tokens.

    Irreversible. Which offers and tokens are this document's is stored nowhere: each carries the number of the last
    revocation before it was made, and is refused when its attributes say whose it is.

    Raises:
        FetchError: `storage_...`, `file_unavailable`; trying again is safe.
        ParseError: `storage_malformed`.
        VerificationError: `revocations_missing`.
    """
    return await _act(registry, keys, "revoke", title, document_number, now)


async def suspend(registry: Registry, keys: Keys, *, title: str, document_number: str, now: int) -> Closed:
    """Suspends, until `resume`, what `revoke` would revoke; what it closes is not opened again.

    Raises:
        DidkitError: as `revoke`.
    """
    return await _act(registry, keys, "suspend", title, document_number, now)


async def resume(registry: Registry, keys: Keys, *, title: str, document_number: str, now: int) -> int:
    """Ends a suspension; what was revoked stays revoked. Returns how many copies there are.

    Raises:
        DidkitError: as `revoke`.
    """
    return (await _act(registry, keys, "resume", title, document_number, now)).copies


def blind_index(keys: Keys, partition: str, title: str, document_number: str) -> bytes:
    """The pseudonym of a document's title; spaces and letter case are an officer's, not the document's."""
    number = "".join(document_number.split()).upper()
    return sealing.pseudonym(keys.secret(PSEUDONYM), partition=partition, title=title, document_number=number)


async def _act(  # noqa: PLR0917 - the three acts are one, but for their name
    registry: Registry,
    keys: Keys,
    action: Literal["revoke", "suspend", "resume"],
    title: str,
    document_number: str,
    now: int,
) -> Closed:
    partitions = await _partitions(registry, now)
    blinds = {partition: blind_index(keys, partition, title, document_number) for partition in partitions}
    acts = {partition: Replayed(action, blind) for partition, blind in blinds.items()}
    # The log first: what the database knows and the log does not would come back to life with a backup. Then the mark:
    # what that knows and the log does not was lost, and what neither of them knows was never acknowledged.
    ends = await to_thread(registry.log.append, acts)
    await generation.record(registry.storage, registry.mark, ends)
    await catch_up(registry.storage, registry.log)
    return await registry.storage.reached(pseudonyms=tuple(blinds.values()), now=now)


async def _partitions(registry: Registry, now: int) -> tuple[str, ...]:
    """The partitions that copies of any open offer or token may be in: the years around all that is known of the time.

    Without what is stored and measured, a clock that is wrong would let a revocation find nothing, and say it was done.
    """
    times = (now,) if registry.measured is None else (now, registry.measured)
    years = {datetime.fromtimestamp(time, UTC).year for time in times} | set(
        map(int, await registry.storage.partitions())
    )
    return tuple(map(str, sorted({year + step for year in years for step in (-1, 0, 1)})))
