"""Renews what the root made when it founded the issuer: the document signers, and the list of whom it withdrew.

The root and the anchors stay: what a signer of before signed is believed up to the end of that signer's certificate.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from didkit_fr.keys.leaf_types import certified_types
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from didkit_fr.trust import revocation
from issuer_service.keys.port import MDOC
from issuer_service.shell import private_files
from issuer_service.titles.ceremony import open_ceremony
from issuer_service.titles.config import Config
from issuer_service.titles.formats.port import Identity
from issuer_service.titles.founding import Passphrases
from issuer_service.titles.identities import are_apart, on_duty

__all__ = ["Renewed", "renew"]


@dataclass(frozen=True, slots=True)
class Renewed:
    """The signers that sign last, by name, and the end of the revocation list (seconds since 1970, UTC)."""

    signers: Mapping[str, Identity]
    list_ends: int


def renew(
    config: Config,
    *,
    root: Path,
    passphrases: Passphrases,
    now: int,
    random: Random = system,
    cost: Cost = INTERACTIVE,
) -> Renewed:
    """Gives each document signer a successor, except where one waits for its day already, and makes a new list.

    Run again after a failure, it goes on: each file that it changes is the old one or the new, and the service starts
    with any mixture of them that it leaves.

    Args:
        config: the settings of the issuer in their folder.
        root: the file of the root key, elsewhere, with its certificate beside it.
        passphrases: what seals the keyring and the root key.
        now: seconds since 1970 (UTC).
        random: where keys come from.
        cost: what one guess of the keyring's passphrase costs from now on.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`, and what a file may be malformed with.
        VerificationError: `passphrase_wrong`, `root_key_exposed`, `issuer_unknown` where the anchors do not have this
            root, `certificate_path` where its certificate is another key's, `certificate_expired`,
            `certificate_revocation_unknown` where the list of before is another root's.
    """
    # 1 open: nothing is written before all of it is known to be the issuer's
    ceremony = open_ceremony(config, root, passphrases, random=random, cost=cost)
    signers = ceremony.signers
    before = private_files.read(config.place("signer_revocations"), max_bytes=revocation.MAX_BYTES)
    listed = ceremony.root.list_withdrawn(before, now=now)
    # 2 certify
    last = {name: known[-1] for name, known in signers.items()}
    due = {name: on_duty(known, now) for name, known in signers.items() if known[-1].begins <= now}
    made = ceremony.store.succeed({name: current.signer.public_key for name, current in due.items()})
    successors = {
        name: ceremony.certify(name, made.signers[name], _types(name, signers), after=current, now=now)
        for name, current in due.items()
    }
    # 3 write: a key without certificate waits, a certificate without key would be refused
    if successors:
        made.keep()
    ceremony.write_chains({name: (due[name], successor) for name, successor in successors.items()})
    private_files.replace(config.place("signer_revocations"), listed, random=random)
    ends = revocation.parse_list(listed).next_update_utc
    return Renewed(last | successors, int(ends.timestamp()) if ends else now)


def _types(name: str, signers: Mapping[str, Sequence[Identity]]) -> Collection[str] | None:
    """The document types of a successor: those of its predecessor.

    But once document types have signers of their own, the one that signed all types signs status lists alone.
    """
    return () if name == MDOC and are_apart(signers) else certified_types(signers[name][-1].chain[0])
