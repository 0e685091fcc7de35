"""`didkit-wallet init`: a new vault, and whom it trusts."""

from collections.abc import Sequence
from pathlib import Path

from didkit_fr.encoding import json
from didkit_fr.trust.anchors import Anchor, Anchors
from wallet_cli import files, inputs, vault
from wallet_cli.contents import Contents
from wallet_cli.output import Output
from wallet_cli.session import Session

__all__ = ["run"]

MAX_ANCHORS_BYTES = 1 << 20


def run(session: Session, *, anchors_files: Sequence[Path], insecure_loopback: bool) -> None:
    """Makes the vault; what it trusts is decided here once, by the citizen, and by no message received later.

    Raises:
        DidkitError, Misuse: those of `vault.create`, `Anchors.parse` and `inputs.read_new_passphrase`.
    """
    output = session.output
    anchors = Anchors(
        tuple(
            anchor
            for path in anchors_files
            for anchor in Anchors.parse(files.read(path, max_bytes=MAX_ANCHORS_BYTES)).anchors
        )
    )
    # Parsed again as one: what stands in two files must not contradict itself.
    trusted = Anchors.parse(anchors.encode())
    contents = Contents(json.parse_object(trusted.encode(), max_bytes=MAX_ANCHORS_BYTES), insecure_loopback)
    if insecure_loopback:
        output.say(output.text("insecure_loopback"))
    vault.create(
        session.folder, contents, lambda: inputs.read_new_passphrase(session.passphrase_fd, output), cost=session.cost
    )
    _report(output, session.folder, trusted.anchors, insecure_loopback=insecure_loopback)


def _report(output: Output, folder: Path, anchors: Sequence[Anchor], *, insecure_loopback: bool) -> None:
    listed = [{"name": anchor.name, "roles": sorted(anchor.roles), "types": sorted(anchor.types)} for anchor in anchors]
    lines = []
    for anchor in anchors:
        lines += [f"  {output.text('trusted')} ({', '.join(sorted(anchor.roles))}):"]
        lines += output.said_by_them(anchor.name, *sorted(anchor.types))
    result = {"vault": str(folder), "anchors": listed, "insecure_loopback": insecure_loopback}
    output.result(result, [f"{output.text('initialised')}: {folder}", *lines])
