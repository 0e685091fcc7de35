"""What the commands of the services share: options, secrets, answers; and `didkit-issuer`, which has all of them.

Each application brings its commands by an entry point of the group `didkit_issuer.commands`, which names a Typer
application. Results go to standard output, all else to standard error. Secrets come by file descriptor, prompt or
standard input, never as arguments. Exit status: 0 yes, 1 no, 2 usage or settings, 3 cannot tell now.
"""

import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from getpass import getpass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from didkit_fr.dumps import forbid_dumps
from didkit_fr.errors import DidkitError, FetchError, ParseError
from issuer_service.shell import notes
from issuer_service.shell.lines import keep_standard_streams, tell

if TYPE_CHECKING:
    from didkit_fr.encoding.json import JsonObject

__all__ = [
    "NO",
    "Data",
    "Json",
    "PassphraseFd",
    "absolute",
    "answering",
    "main",
    "new_passphrase",
    "note",
    "passphrase_from",
    "program",
    "run",
    "say",
    "standard_input",
    "tell_program",
]

COMMANDS = "didkit_issuer.commands"
MAX_INPUT = 65_536
MAX_PASSPHRASE = 1024

NO, USAGE, CANNOT_TELL = 1, 2, 3

T = TypeVar("T")

Data = Annotated[Path, typer.Option("--data", help="The service's data folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
PassphraseFd = Annotated[
    int | None, typer.Option("--passphrase-fd", min=0, help="Read the keyring's passphrase from this file descriptor.")
]


def main() -> None:
    """The entry point of `didkit-issuer`."""
    os.umask(0o077)
    forbid_dumps()
    keep_standard_streams()
    program()()


def program() -> typer.Typer:
    """`didkit-issuer` with the commands of every application that is installed."""
    app = typer.Typer(
        name="didkit-issuer",
        help="Issues identity titles over OpenID4VCI and keeps no attribute of them.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    for application in sorted(entry_points(group=COMMANDS), key=lambda point: point.name):
        app.add_typer(application.load())
    return app


@contextmanager
def answering(as_json: bool) -> Iterator[None]:  # noqa: FBT001 - the flag of the command line
    """Turns the library's errors into an answer and an exit status."""
    try:
        yield
    except DidkitError as error:
        _refuse(error, as_json=as_json)


def _refuse(error: DidkitError, *, as_json: bool) -> NoReturn:
    own: list[str] = getattr(error, "__notes__", [])
    status = CANNOT_TELL if isinstance(error, FetchError) else USAGE if isinstance(error, ParseError) else NO
    if as_json:
        noted = {"hint": own[0]} if own else {}
        tell(_encoded({"error": error.code, "detail": error.detail, **noted}))
    else:
        where = f" ({error.detail})" if error.detail else ""
        tell(f"error: {notes.meaning(error.code)}{where}")
        tell(f"hint: {own[0] if own else notes.hint(error.code)}")
    raise typer.Exit(status)


def absolute(path: Path | None) -> str | None:
    """A path of the command line as settings name it, wherever they lie."""
    return None if path is None else str(path.absolute())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs what is asynchronous to its end."""
    import asyncio  # noqa: PLC0415 - slow import

    return asyncio.run(work)


def new_passphrase(descriptor: int | None, what: str) -> bytes:
    """A passphrase to be: a person types it twice."""
    passphrase = passphrase_from(descriptor, f"new passphrase of the {what}")
    if descriptor is None and passphrase_from(None, "again") != passphrase:
        _usage("the passphrases differ")
    return passphrase


def passphrase_from(descriptor: int | None, prompt: str) -> bytes:
    """A passphrase, from a file descriptor or, without one, asked of who sits at the terminal."""
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


def standard_input(what: str) -> str:
    """The text on standard input, which is due there."""
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


def say(result: "JsonObject", *, as_json: bool) -> None:
    """Writes a result to standard output."""
    text = _encoded(result) if as_json else "\n".join(f"{name}: {value}" for name, value in result.items())
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(key: str, *, as_json: bool, **values: object) -> None:
    """Says to a person, beside a result, what `shell.notes` has under this key."""
    if not as_json:
        tell(f"note: {notes.note(key, **values)}")


def tell_program(note: str, **values: object) -> None:
    """Says to a program, on standard error, what is said once and not to be missed."""
    tell(_encoded({"note": note, **values}))


def _encoded(content: "JsonObject") -> str:
    from didkit_fr.encoding import json  # noqa: PLC0415 - slow import

    return json.encode(content).decode()
