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
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from didkit_fr.dumps import forbid_dumps
from didkit_fr.errors import DidkitError, FetchError
from wallet_cli import messages
from wallet_cli.messages import Misuse, language_of
from wallet_cli.output import Output
from wallet_cli.usage import misuse_of

if TYPE_CHECKING:
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
QrOption = Annotated[
    Path | None,
    typer.Option("--qr", metavar="FILE", exists=True, dir_okay=False, help="Read the QR code in a PNG or JPEG image."),
]

VAULT = Path("~/.local/share/didkit-wallet")


@app.command("init", epilog="\b\nExample:\n  didkit-wallet init --anchors anchors.json")
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
    """Make a new vault, and say whom it trusts."""
    from wallet_cli.commands import init as command  # noqa: PLC0415 - slow import

    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, anchors_files=anchors, insecure_loopback=insecure_loopback)


@app.command("receive", epilog="\b\nExample:\n  didkit-wallet receive --qr offer.png")
def receive(
    *,
    offer: Annotated[str, typer.Argument(metavar="[-]", help="Nothing else: the offer comes on standard input.")] = "-",
    qr: QrOption = None,
    tx_code_fd: Annotated[
        int | None,
        typer.Option("--tx-code-fd", metavar="N", min=0, help="Read the offer's code from this file descriptor."),
    ] = None,
    copies: Annotated[
        int | None, typer.Option("--copies", metavar="N", min=1, max=100, help="How many copies, at most.")
    ] = None,
    issuer: Annotated[
        str | None, typer.Option("--issuer", metavar="URL", help="Receive from this issuer and no other.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Agree beforehand to what this --issuer gives, for scripts.")
    ] = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Receive a title: the offer's link is read from standard input or a QR code, for it is a secret."""
    from wallet_cli.commands import receive as command  # noqa: PLC0415 - slow import

    if offer != "-":
        raise Misuse("offer_argument")
    if yes and issuer is None:
        raise Misuse("yes_without_issuer")
    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, qr=qr, tx_code_fd=tx_code_fd, copies=copies, issuer=issuer, yes=yes)


@app.command("list", epilog="\b\nExample:\n  didkit-wallet list")
def list_(
    *,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """List the titles held, the copies left and their expiry."""
    from wallet_cli.commands import list as command  # noqa: PLC0415 - slow import

    command.run(_session(vault, passphrase_fd, as_json=json))


@app.command("show", epilog="\b\nExample:\n  didkit-wallet show 3f9a1c20")
def show(
    *,
    title: Annotated[
        str, typer.Argument(metavar="TITLE", help="Its id or type, or the beginning of one, as `list` shows it.")
    ],
    portrait: Annotated[
        Path | None, typer.Option("--portrait", metavar="FILE", help="Write the portrait (JPEG) to a new file instead.")
    ] = None,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Show all that one title says, on this screen only; with its portrait, if the terminal has 24-bit colours."""
    from wallet_cli.commands import show as command  # noqa: PLC0415 - slow import

    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, title, portrait=portrait, colours=_has_colours(os.environ, sys.stdout))


@app.command("present", epilog="\b\nExample:\n  didkit-wallet present 'openid4vp://?client_id=...&request_uri=...'")
def present(
    *,
    request: Annotated[
        str, typer.Argument(metavar="[LINK]", help="openid4vp://...; read from standard input where absent or -.")
    ] = "-",
    qr: QrOption = None,
    verifier: Annotated[
        str | None,
        typer.Option("--verifier", metavar="CLIENT_ID", help="Answer this relying party and no other."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Agree beforehand to what this --verifier asks, for scripts.")
    ] = False,
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
    """Answer a relying party's request, after showing who asks, what leaves and what stays."""
    from wallet_cli.commands import present as command  # noqa: PLC0415 - slow import

    if yes and verifier is None:
        raise Misuse("yes_without_verifier")
    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, request, qr=qr, verifier=verifier, yes=yes, reuse=reuse, portrait=send_portrait)


@app.command("delete", epilog="\b\nExample:\n  didkit-wallet delete 3f9a1c20")
def delete(
    *,
    title: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    yes: YesOption = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Destroy a title, its copies and their keys. Nobody is told."""
    from wallet_cli.commands import delete as command  # noqa: PLC0415 - slow import

    command.run(_session(vault, passphrase_fd, as_json=json), title, yes=yes)


@app.command("log", epilog="\b\nExample:\n  didkit-wallet log --since 2026-09-21 --verifier Gare")
def log(
    *,
    since: Annotated[str | None, typer.Option("--since", metavar="DAY", help="From this UTC day on.")] = None,
    type_: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Titles of this type or name.")] = None,
    verifier: Annotated[
        str | None, typer.Option("--verifier", metavar="WHO", help="A relying party's name or CLIENT_ID.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write them to a new file, as JSON.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Destroy the log.")] = False,
    yes: YesOption = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Show what happened, with whom, and which claims left; never their values."""
    from wallet_cli.commands import log as command  # noqa: PLC0415 - slow import

    chosen = command.Filter(since, type_, verifier)
    session = _session(vault, passphrase_fd, as_json=json)
    command.run(session, chosen, export=export, clear=clear, yes=yes)


@app.command("passwd", epilog="\b\nExample:\n  didkit-wallet passwd")
def passwd(
    *,
    new_passphrase_fd: Annotated[
        int | None,
        typer.Option("--new-passphrase-fd", metavar="N", min=0, help="Read the new one from this file descriptor."),
    ] = None,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> None:
    """Change the passphrase of the vault: the old one is asked for, then the new one twice."""
    from wallet_cli.commands import passwd as command  # noqa: PLC0415 - slow import

    command.run(_session(vault, passphrase_fd, as_json=json), new_fd=new_passphrase_fd)


@app.command("verify", epilog="\b\nExample:\n  didkit-wallet verify presentation.txt")
def verify(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="Holds it, alone.")],
    nonce: Annotated[
        str | None, typer.Option("--nonce", metavar="NONCE", help="Of the request that a presentation answers.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option("--client-id", metavar="CLIENT_ID", help="Of who made that request.")
    ] = None,
    response_uri: Annotated[
        str | None, typer.Option("--response-uri", metavar="URI", help="Where its answer went: of a document of ISO.")
    ] = None,
    encrypted_to: Annotated[
        str | None,
        typer.Option("--encrypted-to", metavar="THUMBPRINT", help="Of the key that its answer was encrypted to."),
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Which it must be: urn:eudi:pid:fr:1, for instance.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody: its status cannot be told then.")] = False,
    vault: VaultOption = VAULT,
    passphrase_fd: PassphraseOption = None,
    json: JsonOption = False,
) -> int:
    """Verify a credential or presentation against this vault's anchors, and say every check."""
    from wallet_cli.commands import verify as command  # noqa: PLC0415 - slow import

    if (nonce is None) != (client_id is None):
        raise Misuse("answering_halved")
    answering = None
    if nonce is not None and client_id is not None:
        answering = command.Answering(nonce, client_id, response_uri, encrypted_to)
    session = _session(vault, passphrase_fd, as_json=json)
    return command.run(session, file, no_network=offline, answering=answering, wanted=type_)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = Output(language_of(os.environ), "--json" in given)
    _harden()
    try:
        status = app(given, standalone_mode=False, prog_name="didkit-wallet")
        interrupted = status == INTERRUPTED
        sys.stdout.flush()
    except (DidkitError, Misuse) as error:
        output.fail(error)
        return _status_of(error)
    except typer.TyperException as error:
        output.fail(misuse_of(error))
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        status, interrupted = CANNOT_TELL, True
    except (BrokenPipeError, SystemExit):  # Typer ends with the latter where the reader of a pipe went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again at exit
        return CANNOT_TELL
    except Exception as error:  # noqa: BLE001 - a traceback's last line may hold a value of an attribute
        output.refuse("internal_error", output.text("internal_error"), _place(error), output.text("report"))
        return CANNOT_TELL
    if interrupted:
        output.say("", output.text("interrupted"))
    return CANNOT_TELL if interrupted else status or YES


def _session(vault: Path, passphrase_fd: int | None, *, as_json: bool) -> "Session":
    from wallet_cli.session import Session  # noqa: PLC0415 - slow import, and help needs none of it

    output = Output(language_of(os.environ), as_json)
    return Session(output, vault.expanduser(), passphrase_fd, clock=lambda: int(time.time()))


def _status_of(error: DidkitError | Misuse) -> int:
    """An error of another party that could not tell now is no answer either."""
    if isinstance(error, Misuse):
        return USAGE
    return CANNOT_TELL if isinstance(error, FetchError) or messages.row(error.code).fault == "network" else NO


def _has_colours(environment: Mapping[str, str], stream: TextIO) -> bool:
    """Whether a terminal can draw (COLORTERM), and the person lets it (https://no-color.org)."""
    rich = environment.get("COLORTERM", "").lower() in ("truecolor", "24bit")
    return rich and stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _harden() -> None:
    """Files for their owner only, memory closed to other processes, no crash on a terminal that lacks an accent."""
    os.umask(0o077)
    forbid_dumps()
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
