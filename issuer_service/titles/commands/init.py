"""`didkit-issuer init`: once, with the root."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from issuer_service.shell.commands import (
    Data,
    Json,
    PassphraseFd,
    absolute,
    answering,
    new_passphrase,
    note,
    run,
    say,
)
from issuer_service.titles.commands.options import RootPassphraseFd

if TYPE_CHECKING:
    from issuer_service.titles.config import Settings

__all__ = ["commands", "init"]

commands = typer.Typer()

State = Annotated[
    Path,
    typer.Option(help="The folder of the mark and the revocation log: outside the data folder, best on another disk."),
]
Root = Annotated[Path, typer.Option(help="Where the root key goes: outside these folders, to be put away.")]
Issuer = Annotated[str, typer.Option(help="The issuer's address, by which wallets know it.")]
Register = Annotated[str, typer.Option(help="The address of the register.")]
RegisterSecret = Annotated[Path, typer.Option(help="The file of the service's secret at the register.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")]
TlsCertificate = Annotated[Path | None, typer.Option(help="The TLS certificate chain, as PEM.")]
TlsKey = Annotated[Path | None, typer.Option(help="The TLS key, as PEM.")]
InsecureLoopback = Annotated[
    bool, typer.Option("--insecure-loopback", help="Allow plain HTTP on this machine: for trying out.")
]
Name = Annotated[str, typer.Option(help="The authority's name, in certificates and wallets.")]
Titles = Annotated[list[str] | None, typer.Option("--title", help="A title to issue; may be repeated.")]
FormatNames = Annotated[
    list[str] | None,
    typer.Option("--format", help="A format to issue titles in, such as dc+sd-jwt or mso_mdoc; may be repeated."),
]


@commands.command(
    epilog="\b\nExample:\n  didkit-issuer init --data ./issuer --state ./issuer-state --root ./root/root.key \\\n"
    "    --issuer https://issuer.example --register https://register.example \\\n"
    "    --register-secret-file ./register/service-secret"
)
def init(
    *,
    data: Data,
    state: State,
    root: Root,
    issuer: Issuer,
    register: Register,
    register_secret_file: RegisterSecret,
    passphrase_fd: PassphraseFd = None,
    root_passphrase_fd: RootPassphraseFd = None,
    host: Host = "127.0.0.1",
    port: Port = 8443,
    tls_certificate: TlsCertificate = None,
    tls_key: TlsKey = None,
    insecure_loopback: InsecureLoopback = False,
    name: Name = "didkit-fr",
    title: Titles = None,
    format_: FormatNames = None,
    as_json: Json = False,
) -> None:
    """Founds an issuer: its data folder, its state folder, and elsewhere its root key and root certificate."""
    from issuer_service.titles.founding import Passphrases, found  # noqa: PLC0415 - slow import

    with answering(as_json):
        tls = {"tls_certificate": absolute(tls_certificate), "tls_key": absolute(tls_key)}
        where = {"host": host, "port": port, **tls}
        settings = _settings(
            issuer=issuer,
            state=absolute(state),
            register_url=register,
            register_secret_file=absolute(register_secret_file),
            name=name,
            insecure_loopback=insecure_loopback,
            **where,
            titles=tuple(title or ["pid"]),
            formats=tuple(format_ or ["dc+sd-jwt"]),
        )
        secrets = (new_passphrase(passphrase_fd, "keyring"), new_passphrase(root_passphrase_fd, "root key"))
        run(found(settings, folder=data, root=root, passphrases=Passphrases(*secrets), now=int(time.time())))
        made = {"data": data, "state": state, "anchors": data / settings.anchors, "root": root}
        _tell_made(made, root, register_secret_file, as_json=as_json)


def _tell_made(made: Mapping[str, Path], root: Path, secret: Path, *, as_json: bool) -> None:
    from issuer_service.titles.founding import root_certificate_place  # noqa: PLC0415 - slow import

    places = {**made, "root_certificate": root_certificate_place(root)}
    say({what: str(place) for what, place in places.items()}, as_json=as_json)
    note("root_away", as_json=as_json)
    note("clock_taken", as_json=as_json)
    if not secret.exists():
        note("secret_missing", as_json=as_json, place=secret)


def _settings(**values: Any) -> "Settings":  # noqa: ANN401 - as the settings have them
    from issuer_service.titles import config  # noqa: PLC0415 - slow import

    given = {key: value for key, value in values.items() if value is not None}
    return config.check(given)
