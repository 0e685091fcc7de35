"""Gives each document type a signer of its own, in an issuer that was founded when one signer signed all types.

Titles of before stay as they are: the signer that all types shared is believed up to the end of its certificate, and
the anchors go on to admit it. It signs documents until the new signers begin, and status lists after that too.
"""

from collections.abc import Mapping
from pathlib import Path

from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from issuer_service.titles import catalogue
from issuer_service.titles.ceremony import open_ceremony
from issuer_service.titles.config import Config
from issuer_service.titles.formats.port import Identity
from issuer_service.titles.founding import Passphrases
from issuer_service.titles.identities import are_apart, lacking, on_duty, shared_by_types

__all__ = ["migrate_signers"]


def migrate_signers(
    config: Config,
    *,
    root: Path,
    passphrases: Passphrases,
    now: int,
    random: Random = system,
    cost: Cost = INTERACTIVE,
) -> Mapping[str, Identity]:
    """Makes and certifies a signer for each document type that the settings offer and that has none of its own.

    Run again after a failure, it goes on: keys that were kept without their certificates are made anew, since nothing
    was signed with them, and the service starts with whatever it left.

    Args:
        config: the settings of the issuer in their folder.
        root: the file of the root key, elsewhere, with its certificate beside it.
        passphrases: what seals the keyring and the root key.
        now: seconds since 1970 (UTC).
        random: where keys come from.
        cost: what one guess of the keyring's passphrase costs from now on.

    Returns:
        The new signers, by purpose; none where each document type has its own already.

    Raises:
        ParseError: `title_unknown`, and as `open_ceremony`.
        DidkitError: as `open_ceremony` and `Ceremony.certify`.
    """
    # 1 open: nothing is written before all of it is known to be the issuer's
    offered = catalogue.build(config.settings)
    ceremony = open_ceremony(config, root, passphrases, random=random, cost=cost)
    absent = lacking(offered, ceremony.signers)
    if not absent:
        return {}
    # 2 certify: each begins when the signer that they share is left, so that the copies of a day have one signer
    shared = () if are_apart(ceremony.signers) else shared_by_types(ceremony.signers)
    before = on_duty(shared, now) if shared else None
    made = ceremony.store.succeed(dict.fromkeys(absent))
    signers = {
        purpose: ceremony.certify(purpose, made.signers[purpose], (doctype,), after=before, now=now)
        for purpose, doctype in absent.items()
    }
    # 3 write: a key without certificate waits, a certificate without key would be refused
    made.keep()
    ceremony.write_chains({purpose: (signer,) for purpose, signer in signers.items()})
    return signers
