"""The command `didkit-register`: the authentic register of the demonstration, and the officer at its counter.

Exit status: 0 yes, 1 no, 2 usage, 3 cannot tell. Results on standard output, everything else on standard error.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from didkit_fr.dumps import forbid_dumps
from didkit_fr.errors import DidkitError, FetchError
from issuer_service.shell.lines import keep_standard_streams, tell
from issuer_service.shell.notes import meaning

__all__ = ["app", "main"]

MAX_INPUT = 256

app = typer.Typer(
    name="didkit-register",
    help="A demonstration of an authentic register: its endpoints for the issuer service, and its officer's tickets.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

DataOption = Annotated[Path, typer.Option("--data", metavar="DIR", file_okay=False, help="The register's own folder.")]


@app.command(epilog="\b\nExample:\n  didkit-register serve --data register --port 8001")
def serve(
    *,
    data: DataOption,
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port on loopback; 0 takes a free one.")] = 0,
    citizens: Annotated[
        Path | None,
        typer.Option(
            "--citizens",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Citizens (JSON) to put in the place of those the folder has.",
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option("--rate", min=1, max=100_000, help="Questions a second, for each endpoint.")
    ] = 50,
) -> None:
    """Serve the register on loopback; prints its address as one line of JSON."""
    from issuer_service.register import process  # noqa: PLC0415 - slow import
    from issuer_service.register.folder import Folder  # noqa: PLC0415 - slow import

    with _refusals():
        folder = Folder.at(data)
        if citizens is not None:
            folder.install(citizens.read_bytes())
        folder.check()
        process.serve(folder, port=port, rate=rate)


@app.command(
    epilog="\b\nExample:\n  didkit-register ticket --data register < number.txt | didkit-issuer offer --data issuer"
)
def ticket(
    *,
    data: DataOption,
    title: Annotated[str, typer.Option("--title", help="The title the ticket is for.")] = "pid",
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=1_440, help="How long the ticket is good.")] = 10,
    presumed_birth_date: Annotated[
        str | None,
        typer.Option("--presumed-birth-date", metavar="YYYY-MM-DD", help="Where the record knows only a part of it."),
    ] = None,
) -> None:
    """Write an officer's ticket for the document whose number is read from standard input."""
    from issuer_service.register import dates  # noqa: PLC0415 - slow import
    from issuer_service.register import ticket as tickets  # noqa: PLC0415 - slow import
    from issuer_service.register.folder import Folder  # noqa: PLC0415 - slow import

    number = sys.stdin.buffer.readline(MAX_INPUT).decode("utf-8", "replace").strip()
    if not number:
        _complain("no document number on standard input", "echo it into this command; it is never an argument")
        raise typer.Exit(2)
    if not title.isascii():
        _complain("no such title", None)
        raise typer.Exit(2)
    with _refusals():
        if presumed_birth_date is not None:
            dates.parse(presumed_birth_date)
        signer = Folder.at(data).officer()
        written = tickets.write(
            signer,
            document_number=number,
            title=title,
            now=int(time.time()),
            lifetime=60 * minutes,
            presumed=presumed_birth_date,
        )
    sys.stdout.write(written + "\n")


@app.command(epilog="\b\nExample:\n  didkit-register citizens --data register --json")
def citizens(
    *,
    data: DataOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what the officer sees: document number, birth date, name, titles that a ticket may be for."""
    from didkit_fr.encoding import json  # noqa: PLC0415 - slow import
    from issuer_service.register.folder import Folder  # noqa: PLC0415 - slow import

    with _refusals():
        found = Folder.at(data).citizens()
    rows = [
        {
            "document_number": citizen.document_number,
            "birth_date": str(citizen.birth),
            "family_name": citizen.attributes["family_name"],
            "given_name": citizen.attributes["given_name"],
            "titles": sorted(citizen.titles),
        }
        for citizen in found.values()
    ]
    if as_json:
        sys.stdout.write(json.encode(rows).decode() + "\n")
    else:
        lines = (row | {"titles": ",".join(row["titles"])} for row in rows)
        sys.stdout.writelines("  ".join(line.values()) + "\n" for line in lines)


@app.command(epilog="\b\nExample:\n  didkit-register clock --data register --accept")
def clock(
    *,
    data: DataOption,
    accept: Annotated[bool, typer.Option("--accept", help="Say that this machine's clock is right now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show by what time the register forgets, or accept the clock of this machine; 1 while nothing is forgotten."""
    from didkit_fr.encoding import json  # noqa: PLC0415 - slow import
    from issuer_service.register.folder import Folder  # noqa: PLC0415 - slow import
    from issuer_service.shell import watch  # noqa: PLC0415 - slow import
    from issuer_service.shell.doubts import described, readable  # noqa: PLC0415 - slow import

    with _refusals():
        place, now = Folder.at(data).clock, int(time.time())
        shown = described(watch.accept(place, wall=now) if accept else watch.read(place), wall=now)
    if as_json:
        sys.stdout.write(json.encode(shown).decode() + "\n")
    else:
        sys.stdout.writelines(f"{name}: {value}\n" for name, value in readable(shown).items())
    if not shown["forgets"]:
        raise typer.Exit(1)


def main() -> None:
    """Runs the command."""
    forbid_dumps()
    keep_standard_streams()
    app()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except DidkitError as error:
        where = f" ({error.detail})" if error.detail else ""
        hint = next(iter(getattr(error, "__notes__", [])), None)
        _complain(f"{error.code}: {meaning(error.code)}{where}", hint)
        raise typer.Exit(3 if isinstance(error, FetchError) else 1) from None
    except ModuleNotFoundError as error:
        _complain(f"{error.name} is not installed", "pip install 'didkit-fr[demo]'")
        raise typer.Exit(3) from None
    except OSError as error:
        _complain((error.strerror or "the system refused").lower(), "is the port free, and the folder yours?")
        raise typer.Exit(3) from None


def _complain(sentence: str, hint: str | None) -> None:
    tell(f"error: {sentence}" + (f"\nhint: {hint}" if hint else ""))
