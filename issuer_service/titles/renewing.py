"""Renews what the root made when it founded the issuer: the document signers, and the list of whom it withdrew.

The root and the anchors stay: what a signer of before signed is believed up to the end of that signer's certificate.
A successor begins two midnights ahead, which leaves a day and more to bring it to every host.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from didkit_fr.errors import VerificationError
from didkit_fr.keys import x509
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from didkit_fr.trust import revocation
from didkit_fr.trust.anchors import Anchors
from issuer_service.keys import root_key
from issuer_service.keys.port import Signer
from issuer_service.shell import private_files
from issuer_service.titles.app import MAX_FILE, key_store, read_chains
from issuer_service.titles.authority import DAY, Root
from issuer_service.titles.config import Config
from issuer_service.titles.formats.port import Identity
from issuer_service.titles.founding import Passphrases, check_outside, root_certificate_place
from issuer_service.titles.identities import CHAINS, by_chain, certified, on_duty

__all__ = ["Renewed", "renew"]

LEAD_DAYS = 2


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
    check_outside(config.folder, root)
    opened = _open_root(config, root, passphrases.root)
    store = key_store(config, passphrases.keyring, random=random, cost=cost)
    signers = certified(store.open(), read_chains(config))
    before = private_files.read(config.place("signer_revocations"), max_bytes=revocation.MAX_BYTES)
    listed = opened.list_withdrawn(before, now=now)
    # 2 certify
    last = {name: known[-1] for name, known in signers.items()}
    due = {name: on_duty(known, now) for name, known in signers.items() if known[-1].begins <= now}
    made = store.succeed({name: current.signer.public_key for name, current in due.items()})
    successors = {
        name: _certify(opened, name, current, made.signers[name], now=now, random=random)
        for name, current in due.items()
    }
    # 3 write: a key without certificate waits, a certificate without key would be refused
    if successors:
        made.keep()
    for name, successor in successors.items():
        chain = (*due[name].chain, *successor.chain)
        private_files.replace(config.place(CHAINS[name]), b"".join(map(x509.pem, chain)), random=random)
    private_files.replace(config.place("signer_revocations"), listed, random=random)
    ends = revocation.parse_list(listed).next_update_utc
    return Renewed(last | successors, int(ends.timestamp()) if ends else now)


def _open_root(config: Config, root: Path, passphrase: bytes) -> Root:
    certificate = x509.parse_pem(private_files.read(root_certificate_place(root)))
    anchors = Anchors.parse(private_files.read(config.place("anchors"), max_bytes=MAX_FILE))
    if certificate not in [anchor.certificate for anchor in anchors.anchors]:
        raise VerificationError("issuer_unknown", "the anchors do not have this root")
    return Root(config.settings, root_key.load(root, passphrase), certificate)


def _certify(opened: Root, name: str, current: Identity, signer: Signer, *, now: int, random: Random) -> Identity:
    """A successor; where the current signer does not last until it would begin, it begins today."""
    ahead = now - now % DAY + LEAD_DAYS * DAY
    begins = ahead if current.ends >= ahead else now
    leaf = opened.certify(name, signer.public_key, now=begins, random=random)
    return by_chain(signer, (leaf,))
