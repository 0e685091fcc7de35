"""`didkit-issuer vcalm-init` and `vcalm-serve`: the API of the W3C, which is off unless it is founded and served."""

from pathlib import Path
from typing import Annotated

import typer

from didkit_fr.errors import ParseError
from issuer_service.shell.commands import (
    Data,
    Json,
    PassphraseFd,
    absolute,
    answering,
    new_passphrase,
    passphrase_from,
    run,
    say,
)

__all__ = ["commands", "vcalm_init", "vcalm_serve"]

commands = typer.Typer()


@commands.command(
    "vcalm-init",
    epilog="\b\nExample:\n  didkit-issuer vcalm-init --data ./vcalm --address https://vcalm.example \\\n"
    "    --status eddsa-rdfc-2022 --passphrase-fd 3 3< passphrase",
)
def vcalm_init(
    *,
    data: Data,
    address: Annotated[str, typer.Option(help="Where the service is found from outside; it must stay.")],
    passphrase_fd: PassphraseFd = None,
    status: Annotated[
        list[str] | None, typer.Option(help="A named issuer that gives status entries; may be repeated.")
    ] = None,
    trusted: Annotated[
        list[str] | None, typer.Option(help="The DID of an issuer to accept beside these; may be repeated.")
    ] = None,
    dangerously_any_issuer: Annotated[
        bool,
        typer.Option("--dangerously-any-issuer", help="A verifier `any` that accepts every issuer: for test suites."),
    ] = False,
    data_model_1_1: Annotated[
        bool, typer.Option("--data-model-1-1", help="Issue credentials of data model 1.1 too: for test suites.")
    ] = False,
) -> None:
    """Founds a VCALM service: a key for each named issuer, a token; prints the issuers' ids as one JSON object."""
    from issuer_service.vcalm.founding import found  # noqa: PLC0415 - slow import

    with answering(as_json=True):
        made = found(
            data,
            address=address,
            status=status or [],
            trusted=trusted or [],
            dangerously_any_issuer=dangerously_any_issuer,
            data_model_1_1=data_model_1_1,
            passphrase=new_passphrase(passphrase_fd, "keys of the issuers"),
        )
        issuers = {name: issuer.did for name, issuer in made.keys.issuers.items()}
        say({"issuers": issuers, "token_file": str(made.config.place("token"))}, as_json=True)


@commands.command(
    "vcalm-serve",
    epilog="\b\nExample:\n  didkit-issuer vcalm-serve --data ./vcalm --tls-cert chain.pem --tls-key key.pem \\\n"
    "    --passphrase-fd 3 3< passphrase",
)
def vcalm_serve(
    *,
    data: Data,
    passphrase_fd: PassphraseFd = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")] = 8444,
    tls_cert: Annotated[Path | None, typer.Option(help="The TLS certificate chain, as PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The TLS key, as PEM.")] = None,
    insecure_local: Annotated[
        bool,
        typer.Option("--insecure-local", help="No token, and plain HTTP, on a loopback address: for trying out."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Serves the API until it is told to end; says on standard output where, as one JSON line, once it listens."""
    from issuer_service.vcalm.serving import serve, where  # noqa: PLC0415 - slow import

    with answering(as_json):
        if (tls_cert is None) != (tls_key is None):
            raise ParseError("settings_invalid", "--tls-cert and --tls-key go together")
        place = where(host, port, absolute(tls_cert), absolute(tls_key), insecure_local=insecure_local)
        passphrase = passphrase_from(passphrase_fd, "passphrase of the keys")
        flow = serve(
            data, passphrase, place, insecure_local=insecure_local, ready=lambda at: say({"address": at}, as_json=True)
        )
        run(flow)
