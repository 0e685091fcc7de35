"""What the root and the keyring do together once the issuer is founded: they certify signers, and write who they are.

A new signer begins two midnights ahead, which leaves a day and more to bring it to every host.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from didkit_fr.errors import VerificationError
from didkit_fr.keys import x509
from didkit_fr.primitives.passphrase import Cost
from didkit_fr.primitives.random import Random
from didkit_fr.trust.anchors import Anchors
from issuer_service.keys import root_key
from issuer_service.keys.port import KeyStore, Signer, kind_of
from issuer_service.shell import private_files
from issuer_service.titles.app import MAX_FILE, key_store, read_chains
from issuer_service.titles.authority import DAY, Root
from issuer_service.titles.config import Config
from issuer_service.titles.formats.port import Identity
from issuer_service.titles.founding import Passphrases, check_outside, root_certificate_place
from issuer_service.titles.identities import CHAINS, by_chain, certified

__all__ = ["LEAD_DAYS", "Ceremony", "open_ceremony"]

LEAD_DAYS = 2


@dataclass(frozen=True, slots=True)
class Ceremony:
    """The root and the keys while both are open, and the signers that the root certified so far, by purpose."""

    config: Config
    root: Root
    store: KeyStore
    signers: Mapping[str, Sequence[Identity]]
    random: Random = field(repr=False)

    def certify(
        self, purpose: str, signer: Signer, doctypes: Collection[str] | None, *, after: Identity | None, now: int
    ) -> Identity:
        """Certifies a new signer; where nobody signs for it until two midnights ahead, it begins today.

        Args:
            purpose: what it signs (`keys.port`).
            signer: the new signer.
            doctypes: the document types that it may sign; None says nothing of them.
            after: who signs until then.
            now: seconds since 1970 (UTC).

        Raises:
            ParseError: `value_invalid`.
            VerificationError: `certificate_path`, `certificate_expired` where the root has ended.
        """
        ahead = now - now % DAY + LEAD_DAYS * DAY
        begins = ahead if after is not None and after.ends >= ahead else now
        leaf = self.root.certify(purpose, signer.public_key, doctypes=doctypes, now=begins, random=self.random)
        return by_chain(signer, (leaf,))

    def write_chains(self, changed: Mapping[str, Sequence[Identity]]) -> None:
        """Writes the certificates of the changed signers into their files, beside those of the others there.

        Raises:
            FetchError: `file_unavailable`.
        """
        signers = {**self.signers, **changed}
        for name in [name for name in CHAINS if name in map(kind_of, changed)]:
            own = [known for purpose, known in signers.items() if kind_of(purpose) == name]
            certificates = [certificate for known in own for one in known for certificate in one.chain]
            place = self.config.place(CHAINS[name])
            private_files.replace(place, b"".join(map(x509.pem, certificates)), random=self.random)


def open_ceremony(config: Config, root: Path, passphrases: Passphrases, *, random: Random, cost: Cost) -> Ceremony:
    """Opens the root and the keys, once all is known to be one issuer's; nothing is written.

    Args:
        config: the settings of the issuer in their folder.
        root: the file of the root key, elsewhere, with its certificate beside it.
        passphrases: what seals the keyring and the root key.
        random: where keys come from.
        cost: what one guess of the keyring's passphrase costs from now on.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`, and what a file may be malformed with.
        VerificationError: `passphrase_wrong`, `root_key_exposed`, `issuer_unknown` where the anchors do not have this
            root.
    """
    check_outside(config.folder, root)
    certificate = x509.parse_pem(private_files.read(root_certificate_place(root)))
    anchors = Anchors.parse(private_files.read(config.place("anchors"), max_bytes=MAX_FILE))
    if certificate not in [anchor.certificate for anchor in anchors.anchors]:
        raise VerificationError("issuer_unknown", "the anchors do not have this root")
    opened = Root(config.settings, root_key.load(root, passphrases.root), certificate)
    store = key_store(config, passphrases.keyring, random=random, cost=cost)
    return Ceremony(config, opened, store, certified(store.open(), read_chains(config)), random)
