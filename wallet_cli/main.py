"""The command `didkit-wallet`: options, exit status, and the only reading of clock, environment and arguments.

Exit status: 0 yes, 1 no (refused, malformed, or the citizen said no), 2 usage, 3 cannot tell (network, vault locked,
interrupted).
Nothing slow is imported here: `--help` must answer at once.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer

from didkit_fr.errors import DidkitError, FetchError
from wallet_cli.messages import Misuse, language_of
from wallet_cli.output import Output
from wallet_cli.session import Session

__all__ = ["app", "main"]

YES, NO, USAGE, CANNOT_TELL = 0, 1, 2, 3
INTERRUPTED = 130  # what Typer makes of Ctrl-C

app = typer.Typer(
    name="didkit-wallet",
    help="A citizen's wallet: receives identity titles, keeps them sealed, shows no more than asked.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

VaultOption = Annotated[
    Path,
    typer.Option("--vault", envvar="DIDKIT_WALLET", metavar="DIR", help="The vault's folder.", file_okay=False),
]
PassphraseOption = Annotated[
    int | None,
    typer.Option("--passphrase-fd", metavar="N", min=0, help="Read the passphrase from this file descriptor."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Agree beforehand, for scripts.")]

VAULT = Path("~/.local/share/didkit-wallet")


@app.command("init")
def init(
    *,
    anchors: Annotated[
        list[Path],
        typer.Option(
            "--anchors",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Which issuers and relying-party roots to trust; may be repeated.",
        ),
    ],
    insecure_loopback: Annotated[
        bool, typer.Option("--insecure-loopback", help="Allow plain HTTP to this machine: demonstrations only.")
    ] = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    r"""Make a new vault, and say whom it trusts.

    \b
    Example:
        didkit-wallet init --anchors anchors.json
    """
    from wallet_cli.commands import init as command  # noqa: PLC0415 - slow import

    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, anchors_files=anchors, insecure_loopback=insecure_loopback)


@app.command("receive")
def receive(
    *,
    offer: Annotated[str, typer.Argument(metavar="[-]", help="Nothing else: the offer comes on standard input.")] = "-",
    tx_code_fd: Annotated[
        int | None,
        typer.Option("--tx-code-fd", metavar="N", min=0, help="Read the offer's code from this file descriptor."),
    ] = None,
    copies: Annotated[
        int | None, typer.Option("--copies", metavar="N", min=1, max=100, help="How many copies, at most.")
    ] = None,
    yes: YesOption = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    r"""Receive a title: the offer's link is read from standard input, for it is a secret.

    \b
    Example:
        didkit-wallet receive < offer.txt
    """
    from wallet_cli.commands import receive as command  # noqa: PLC0415 - slow import

    if offer != "-":
        raise Misuse("offer_argument")
    command.run(_session(vault, passphrase_fd, as_json=json), tx_code_fd=tx_code_fd, copies=copies, yes=yes)


@app.command("list")
def list_(
    *,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    r"""List the titles held, the copies left and their expiry.

    \b
    Example:
        didkit-wallet list
    """
    from wallet_cli.commands import list as command  # noqa: PLC0415 - slow import

    command.run(_session(vault, passphrase_fd, as_json=json))


@app.command("show")
def show(
    *,
    title: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    portrait: Annotated[
        Path | None, typer.Option("--portrait", metavar="FILE", help="Write the portrait (JPEG) to a new file instead.")
    ] = None,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    r"""Show all that one title says, on this screen only; with its portrait, if the terminal has 24-bit colours.

    \b
    Example:
        didkit-wallet show 3f9a1c20
    """
    from wallet_cli.commands import show as command  # noqa: PLC0415 - slow import

    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, title, portrait=portrait, colours=_has_colours(os.environ, sys.stdout))


@app.command("present")
def present(
    *,
    request: Annotated[
        str, typer.Argument(metavar="[LINK]", help="openid4vp://...; read from standard input where absent or -.")
    ] = "-",
    yes: YesOption = False,
    reuse: Annotated[
        bool, typer.Option("--reuse", help="Agree beforehand to a copy that this same party has seen.")
    ] = False,
    send_portrait: Annotated[
        bool, typer.Option("--send-portrait", help="Agree beforehand that a portrait leaves; --yes does not.")
    ] = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    r"""Answer a relying party's request, after showing who asks, what leaves and what stays.

    \b
    Example:
        didkit-wallet present 'openid4vp://?client_id=...&request_uri=...'
    """
    from wallet_cli.commands import present as command  # noqa: PLC0415 - slow import

    command.run(_session(vault, passphrase_fd, as_json=json), request, yes=yes, reuse=reuse, portrait=send_portrait)


@app.command("delete")
def delete(
    *,
    title: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    yes: YesOption = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    r"""Destroy a title, its copies and their keys. Nobody is told.

    \b
    Example:
        didkit-wallet delete 3f9a1c20
    """
    from wallet_cli.commands import delete as command  # noqa: PLC0415 - slow import

    command.run(_session(vault, passphrase_fd, as_json=json), title, yes=yes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = Output(language_of(os.environ), "--json" in given)
    _harden()
    try:
        interrupted = app(given, standalone_mode=False, prog_name="didkit-wallet") == INTERRUPTED
        sys.stdout.flush()
    except (DidkitError, Misuse) as error:
        output.fail(error)
        return USAGE if isinstance(error, Misuse) else CANNOT_TELL if isinstance(error, FetchError) else NO
    except typer.TyperException as error:
        output.refuse("usage", error.format_message().lower().rstrip("."), "", "didkit-wallet --help")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        interrupted = True
    except (BrokenPipeError, SystemExit):  # Typer ends with the latter where the reader of a pipe went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again at exit
        return CANNOT_TELL
    except Exception as error:  # noqa: BLE001 - a traceback's last line may hold a value of an attribute
        output.refuse("internal_error", output.text("internal_error"), _place(error), output.text("report"))
        return CANNOT_TELL
    if interrupted:
        output.say("", output.text("interrupted"))
    return CANNOT_TELL if interrupted else YES


def _session(vault: Path, passphrase_fd: int | None, *, as_json: bool) -> Session:
    output = Output(language_of(os.environ), as_json)
    return Session(output, vault.expanduser(), passphrase_fd, clock=lambda: int(time.time()))


def _has_colours(environment: Mapping[str, str], stream: TextIO) -> bool:
    """Whether a terminal can draw (COLORTERM), and the person lets it (https://no-color.org)."""
    rich = environment.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return rich and stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _harden() -> None:
    """Files for their owner only, no core dump with keys in it, and no crash on a terminal that lacks an accent."""
    import resource  # noqa: PLC0415 - absent where there are no core dumps

    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _place(error: Exception) -> str:
    """Kind and place of a fault, without its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    return type(error).__name__ + where


if __name__ == "__main__":
    sys.exit(main())
