"""`didkit-issuer serve`."""

import typer

from issuer_service.shell.commands import Data, Json, PassphraseFd, answering, passphrase_from, run, say
from issuer_service.titles.commands.options import tell_lacking

__all__ = ["commands", "serve"]

commands = typer.Typer()


@commands.command(epilog="\b\nExample:\n  didkit-issuer serve --data ./issuer --passphrase-fd 3 3< passphrase")
def serve(*, data: Data, passphrase_fd: PassphraseFd = None, as_json: Json = False) -> None:
    """Serves until it is told to end; says on standard output where, as one JSON line, once it listens."""
    from issuer_service.titles import app, config, serving  # noqa: PLC0415 - slow import

    with answering(as_json):
        settings = config.load(data)
        keys = app.key_store(settings, passphrase_from(passphrase_fd, "passphrase of the keyring")).open()

        def ready(address: str) -> None:
            say({"address": address}, as_json=True)
            tell_lacking(settings, as_json=as_json)

        run(serving.serve(settings, keys, ready=ready))
