"""`didkit-issuer backup`, `restore` and `clock`: what the state folder is there for."""

import shlex
import time
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from issuer_service.shell.commands import NO, Data, Json, answering, note, run, say, tell_program
from issuer_service.titles.commands.options import tell_replayed

__all__ = ["anew", "backup", "clock", "commands", "restore"]

commands = typer.Typer()


@commands.command(epilog="\b\nExample:\n  didkit-issuer backup --data ./issuer --to ./backup/$(date +%FT%H%M%S)")
def backup(
    *,
    data: Data,
    to: Annotated[
        Path, typer.Option(help="The folder to make, outside those of the service; one that is there must be empty.")
    ],
    as_json: Json = False,
) -> None:
    """Copies what a data folder is restored from, also while it serves: all but the epoch keys, which are never kept.

    From then on the copy is known to be older: where it is put back, nothing serves before `restore`.
    """
    from issuer_service.titles import backup as copies  # noqa: PLC0415 - slow import
    from issuer_service.titles import config  # noqa: PLC0415 - slow import

    with answering(as_json):
        run(copies.backup(config.load(data), to, say=partial(tell_replayed, as_json=as_json)))
        say({"backup": str(to)}, as_json=as_json)


@commands.command(
    epilog="\b\nExample:\n  rm -f ./issuer/issuer.sqlite* && cp ./backup/2026-12-01T040000/issuer.sqlite ./issuer/ &&\n"
    "  didkit-issuer restore --data ./issuer"
)
def restore(*, data: Data, as_json: Json = False) -> None:
    """Makes a database that was put back from a backup fit to serve; refuses while another process uses the folders.

    Offers and tokens die, status lists are closed and new ones opened, and what was revoked since is revoked again;
    so is, since nobody could revoke it later, every copy that was issued after the backup. It asks nothing, says all
    of that before (with --json, that it begins), and after it how many lines of the revocation log the database did
    not have, and whether that log or the mark was lost. Where it was killed, run it again: it answers the same.
    """
    from issuer_service.shell import watch  # noqa: PLC0415 - slow import
    from issuer_service.titles import app as root  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, state  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings = config.load(data)
        state.check(settings)
        done = run(root.restore(settings, now=int(time.time()), say=partial(_tell_begins, as_json=as_json)))
        lost = {"lost": done.lost, "mark_lost": done.mark_lost}
        shown = lost if as_json else {name: "yes" if value else "no" for name, value in lost.items()}
        say({"generation": done.generation, "replayed": done.replayed, **shown}, as_json=as_json)
        note("restore_replayed", as_json=as_json, count=done.replayed)
        note("restore_done", as_json=as_json)
        if done.lost or done.mark_lost:
            note("restore_lost" if done.lost else "restore_mark_lost", as_json=as_json)
        if watch.read(settings.state / state.CLOCK) is None:
            accept = f"didkit-issuer clock --data {shlex.quote(str(data))} --accept"
            note("restore_clock", as_json=as_json, command=accept)


def _tell_begins(*, as_json: bool) -> None:
    """Says what a restore does just before it does it; to programs, that it begins."""
    if as_json:
        tell_program("restore_begins")
    else:
        note("restore_begins", as_json=False)


@commands.command(epilog="\b\nExample:\n  didkit-issuer anew --data ./issuer && didkit-issuer restore --data ./issuer")
def anew(*, data: Data, as_json: Json = False) -> None:
    """Puts an empty database where it is lost and there is no backup of it; then `restore` makes it fit to serve.

    No copy that was issued before has a status any more: whoever has one needs a new offer.
    """
    from issuer_service.titles import app as root  # noqa: PLC0415 - slow import
    from issuer_service.titles import config  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings = config.load(data)
        run(root.anew(settings, now=int(time.time())))
        say({"database": str(settings.place("database"))}, as_json=as_json)


@commands.command(epilog="\b\nExample:\n  date && didkit-issuer clock --data ./issuer --accept")
def clock(
    *,
    data: Data,
    accept: Annotated[bool, typer.Option("--accept", help="Say that this machine's clock is right now.")] = False,
    as_json: Json = False,
) -> None:
    """Shows by what time the service forgets, or accepts the clock of this machine.

    While the clock is more than a day from the time that was measured, nothing is forgotten: look at the clock, and
    accept it where it is right. Exit status 1 while it is not.
    """
    from issuer_service.shell import watch  # noqa: PLC0415 - slow import
    from issuer_service.shell.doubts import described, readable  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, state  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings, now = config.load(data), int(time.time())
        state.check(settings)
        place = settings.state / state.CLOCK
        known = watch.accept(place, wall=now) if accept else watch.read(place)
        shown = described(known, wall=now)
        say(shown if as_json else readable(shown), as_json=as_json)
        if not shown["forgets"]:
            raise typer.Exit(NO)
