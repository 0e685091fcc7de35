"""`didkit-issuer`: founds an issuer, serves, makes offers, revokes, suspends; other commands have their own files.

Results go to standard output, all else to standard error. Secrets come by file descriptor, prompt or standard input,
never as arguments. Exit status: 0 yes, 1 no, 2 usage or settings, 3 cannot tell now.
"""

import asyncio
import io
import os
import sys
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from didkit_fr.dumps import forbid_dumps
from didkit_fr.encoding import json
from didkit_fr.encoding.json import JsonObject
from didkit_fr.errors import DidkitError, FetchError, ParseError
from issuer_service.shell.lines import keep_standard_streams, tell
from issuer_service.shell.notes import hint, meaning, note

__all__ = ["app", "main"]

MAX_INPUT = 65_536
MAX_PASSPHRASE = 1024

NO, USAGE, CANNOT_TELL = 1, 2, 3

T = TypeVar("T")

app = typer.Typer(
    name="didkit-issuer",
    help="Issues identity titles over OpenID4VCI and keeps no attribute of them.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Data = Annotated[Path, typer.Option("--data", help="The service's data folder.")]
RootPassphraseFd = Annotated[
    int | None, typer.Option(min=0, help="Read the root key's passphrase from this file descriptor.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
PassphraseFd = Annotated[
    int | None, typer.Option("--passphrase-fd", min=0, help="Read the keyring's passphrase from this file descriptor.")
]


def main() -> None:
    """The entry point."""
    os.umask(0o077)
    forbid_dumps()
    keep_standard_streams()
    # They add their commands to those of this file.
    import issuer_service.titles.commands.init  # noqa: PLC0415
    import issuer_service.titles.commands.renew  # noqa: PLC0415
    import issuer_service.titles.commands.state  # noqa: PLC0415
    import issuer_service.vcalm.commands  # noqa: F401, PLC0415

    app()


@app.command(epilog="\b\nExample:\n  didkit-issuer serve --data ./issuer --passphrase-fd 3 3< passphrase")
def serve(*, data: Data, passphrase_fd: PassphraseFd = None, as_json: Json = False) -> None:
    """Serves until it is told to end; says on standard output where, as one JSON line, once it listens."""
    from issuer_service.keys import keyring  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, serving  # noqa: PLC0415 - slow import

    with _Answering(as_json):
        settings = config.load(data)
        keys = keyring.load(settings.place("keyring"), _passphrase(passphrase_fd, "passphrase of the keyring"))
        _run(serving.serve(settings, keys, ready=lambda address: _say({"address": address}, as_json=True)))


@app.command(
    epilog="\b\nExample:\n  didkit-register ticket --data ./register < number | didkit-issuer offer --data ./issuer"
)
def offer(
    *,
    data: Data,
    by_reference: Annotated[
        bool,
        typer.Option(
            "--by-reference",
            help="A short link: the wallet fetches the offer from the service. Where the settings have offer_pages, "
            "a page too, which opens once, in a browser on this machine.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Makes an offer from an officer's ticket, which is read from standard input.

    The link and the transaction code go to the citizen by different ways: whoever has both has the title.
    """
    from issuer_service.titles import app as root  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, issuance  # noqa: PLC0415 - slow import

    async def make() -> issuance.OfferMade:
        desk, close = await root.open_desk(config.load(data), say=partial(_tell_replayed, as_json=as_json))
        try:
            return await issuance.create_offer(desk, ticket, now=int(time.time()), by_reference=by_reference)
        finally:
            await close()

    with _Answering(as_json):
        ticket = _stdin("an officer's ticket")
        made = _run(make())
        expires = made.expires if as_json else datetime.fromtimestamp(made.expires, UTC).isoformat()
        page = {} if made.page is None else {"page": made.page}
        # The ticket is used up: the answer comes before what may not be writable.
        _say({"offer": made.link, "tx_code": made.tx_code, "expires": expires, **page}, as_json=as_json)
        if not as_json:
            tell(_drawn(made.link))


@app.command(
    epilog="\b\nExample:\n  didkit-issuer revoke --data ./issuer --title pid --passphrase-fd 3 3< passphrase < number"
)
def revoke(
    *,
    data: Data,
    title: Annotated[str, typer.Option(help="Which title of the document.")] = "pid",
    passphrase_fd: PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Revokes every copy of a document's title, for ever; the document number is read from standard input.

    Offers and tokens made before are closed, also where they cannot be counted.

    Exit status 1 where there was no copy to revoke.
    """
    _act_on_document("revoke", data, title, passphrase_fd, as_json=as_json)


@app.command()
def suspend(
    *,
    data: Data,
    title: Annotated[str, typer.Option(help="Which title of the document; not every title can be suspended.")],
    passphrase_fd: PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Suspends every copy of a document's title until `resume`; the document number is read from standard input."""
    _act_on_document("suspend", data, title, passphrase_fd, as_json=as_json)


@app.command()
def resume(
    *,
    data: Data,
    title: Annotated[str, typer.Option(help="Which title of the document.")],
    passphrase_fd: PassphraseFd = None,
    as_json: Json = False,
) -> None:
    """Ends a suspension; what was revoked stays revoked. The document number is read from standard input."""
    _act_on_document("resume", data, title, passphrase_fd, as_json=as_json)


def _act_on_document(action: str, data: Path, title: str, passphrase_fd: int | None, *, as_json: bool) -> None:
    from issuer_service.keys import keyring  # noqa: PLC0415 - slow import
    from issuer_service.titles import app as root  # noqa: PLC0415 - slow import
    from issuer_service.titles import config, revoking  # noqa: PLC0415 - slow import

    act = {"revoke": revoking.revoke, "suspend": revoking.suspend, "resume": revoking.resume}[action]

    async def work(settings: config.Config, keys: keyring.Keyring) -> Any:  # noqa: ANN401 - as the act returns
        registry, close = await root.open_registry(settings, say=partial(_tell_replayed, as_json=as_json))
        try:
            return await act(registry, keys, title=title, document_number=number, now=int(time.time()))
        finally:
            await close()

    with _Answering(as_json):
        settings = config.load(data)
        (revoking.check_title if action == "revoke" else revoking.check_suspendable)(settings.settings, title)
        keys = keyring.load(settings.place("keyring"), _passphrase(passphrase_fd, "passphrase of the keyring"))
        number = _stdin("a document number")
        done = _run(work(settings, keys))
        counts = {"copies": done} if action == "resume" else {"copies": done.copies, "tokens": done.grants}
        _say(counts, as_json=as_json)
        if action != "resume":
            _note("closed_before", as_json=as_json)
        if counts["copies"] == 0:
            _note("no_copy", as_json=as_json)
            raise typer.Exit(NO)


class _Answering:
    """Turns the library's errors into an answer and an exit status."""

    def __init__(self, as_json: bool) -> None:  # noqa: FBT001 - the flag of the command line
        self._as_json = as_json

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DidkitError):
            _refuse(error, as_json=self._as_json)


def _refuse(error: DidkitError, *, as_json: bool) -> NoReturn:
    notes: list[str] = getattr(error, "__notes__", [])
    status = CANNOT_TELL if isinstance(error, FetchError) else USAGE if isinstance(error, ParseError) else NO
    if as_json:
        noted = {"hint": notes[0]} if notes else {}
        tell(json.encode({"error": error.code, "detail": error.detail, **noted}).decode())
    else:
        where = f" ({error.detail})" if error.detail else ""
        tell(f"error: {meaning(error.code)}{where}")
        tell(f"hint: {notes[0] if notes else hint(error.code)}")
    raise typer.Exit(status)


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def _new_passphrase(descriptor: int | None, what: str) -> bytes:
    passphrase = _passphrase(descriptor, f"new passphrase of the {what}")
    if descriptor is None and _passphrase(None, "again") != passphrase:
        _usage("the passphrases differ")
    return passphrase


def _passphrase(descriptor: int | None, prompt: str) -> bytes:
    if descriptor is None:
        if not _has_terminal():
            _usage(f"no terminal to ask for the {prompt}: use the option that names a file descriptor")
        return getpass(f"{prompt}: ").encode()
    line = _line(descriptor)
    if not line:
        _usage(f"no passphrase on file descriptor {descriptor}")
    return line


def _has_terminal() -> bool:
    """Without one, getpass would take the first line of standard input, which holds something else."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _line(descriptor: int) -> bytes:
    """One line, byte by byte: what follows on the descriptor is someone else's."""
    line = bytearray()
    try:
        while (byte := os.read(descriptor, 1)) not in (b"", b"\n"):
            line += byte
            if len(line) > MAX_PASSPHRASE:
                _usage("the passphrase is too long")
    except OSError:
        _usage(f"file descriptor {descriptor} is not open for reading")
    return bytes(line)


def _stdin(what: str) -> str:
    if sys.stdin.isatty():
        tell(f"{what}, then end of input:")
    text = sys.stdin.buffer.read(MAX_INPUT + 1)
    try:
        value = text.decode().strip()
    except UnicodeDecodeError:
        value = ""
    if not value or len(text) > MAX_INPUT:
        _usage(f"{what} is due on standard input")
    return value


def _usage(message: str) -> NoReturn:
    raise typer.BadParameter(message)


def _say(result: JsonObject, *, as_json: bool) -> None:
    text = json.encode(result).decode() if as_json else "\n".join(f"{name}: {value}" for name, value in result.items())
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _note(key: str, *, as_json: bool, **values: object) -> None:
    if not as_json:
        tell(f"note: {note(key, **values)}")


def _tell_replayed(count: int, *, as_json: bool) -> None:
    """Says how many lines of the revocation log the database did not have; also to programs, since it is said once."""
    if as_json:
        tell(json.encode({"note": "revocations_replayed", "count": count}).decode())
    else:
        _note("replayed", as_json=False, count=count)


def _drawn(link: str) -> str:
    """The QR code of a link, for a terminal."""
    import segno  # noqa: PLC0415 - slow import

    drawn = io.StringIO()
    segno.make(link).terminal(out=drawn, compact=True)
    return drawn.getvalue()
