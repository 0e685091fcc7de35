"""Founds an issuer: a root key and its certificate in one place, a data folder that the root certified in another.

The root is an authority of ISO/IEC 18013-5 annex B (IACA) too: it certifies the signer of documents beside that of the
other titles, and lists whom it withdrew.

Nothing is ever overwritten. The data folder is made beside its place and appears there whole, as the last step.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from didkit_fr.errors import FetchError, VerificationError
from didkit_fr.keys import x509
from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.passphrase import INTERACTIVE, Cost
from didkit_fr.primitives.random import Random, system
from didkit_fr.trust.anchors import Anchor, Anchors
from issuer_service.keys import root_key
from issuer_service.keys.port import ATTESTATION, BBS_SIGNER, DOCUMENT, MDOC, Keys, kind_of
from issuer_service.shell import private_files, watch
from issuer_service.shell.notes import spoken
from issuer_service.shell.settings import render
from issuer_service.shell.state import appearing, check_apart
from issuer_service.titles import app, authority, catalogue, config, identities, state
from issuer_service.titles.authority import Root
from issuer_service.titles.codes import HINTS
from issuer_service.titles.config import Config, Settings
from issuer_service.titles.identities import CHAINS

__all__ = ["Passphrases", "check_outside", "found", "root_certificate_place"]


@dataclass(frozen=True, slots=True)
class Passphrases:
    """What seals the keyring of the service, and what seals the root key: two people's secrets."""

    keyring: bytes
    root: bytes

    def __repr__(self) -> str:
        return "Passphrases()"


def root_certificate_place(root: Path) -> Path:
    """Where the root's certificate goes, which is public: beside its key."""
    return root.with_name(f"{root.name}.pem")


def check_outside(folder: Path, root: Path) -> None:
    """Refuses a root key that lies in a folder of the service.

    Raises:
        VerificationError: `root_key_exposed`.
    """
    if folder.resolve() in root.resolve().parents:
        raise VerificationError("root_key_exposed", "the root key must lie outside the folders of the service")


async def found(
    settings: Settings,
    *,
    folder: Path,
    root: Path,
    passphrases: Passphrases,
    now: int,
    random: Random = system,
    cost: Cost = INTERACTIVE,
) -> None:
    """Makes the root key, its certificate, the data folder, and the state folder, in which the clock is accepted.

    Args:
        settings: what the service is told; they name the state folder, which may exist if it is empty.
        folder: the data folder; it may exist if it is empty.
        root: the file of the root key, elsewhere.
        passphrases: what seals each.
        now: seconds since 1970 (UTC).
        random: where keys come from.
        cost: what one guess of a passphrase costs.

    Raises:
        FetchError: `file_unavailable`.
        ParseError: `settings_invalid`, `value_invalid`.
        VerificationError: `file_exists`, `root_key_exposed` where the root would lie in the data folder,
            `passphrase_too_short`, `state_misplaced`.
    """
    config.parse(render(settings))
    apart = Config(folder, settings).state
    _check_places(folder, apart, root)
    with _undoing() as made, appearing(apart), _appearing(folder, random) as draft:
        watch.accept(apart / state.CLOCK, wall=now, random=random)
        root_signer = root_key.create(root, passphrases.root, random=random, cost=cost)
        made.append(root)
        opened = authority.establish(settings, root_signer, now=now, random=random)
        private_files.create(root_certificate_place(root), x509.pem(opened.certificate), random=random)
        made.append(root_certificate_place(root))
        documents = catalogue.build(settings).signers_by_type()
        store = app.key_store(Config(draft, settings), passphrases.keyring, random=random, cost=cost)
        own = store.create(documents.keys())
        for name, pem in _certified(opened, own, documents, now=now, random=random).items():
            private_files.create(draft / str(getattr(settings, CHAINS[name])), pem, random=random)
        private_files.create(draft / settings.signer_revocations, opened.list_withdrawn(now=now), random=random)
        anchors = _anchors(settings, opened.certificate, own)
        private_files.create(draft / settings.anchors, anchors.encode(), random=random)
        private_files.create(draft / config.SETTINGS, render(settings), random=random)
        (draft / settings.epochs).mkdir(mode=0o700)
        await app.make_storage(Config(draft, settings), random)


def _certified(
    opened: Root, own: Keys, documents: Mapping[str, str], *, now: int, random: Random
) -> Mapping[str, bytes]:
    """The certificates of the document signers, for each of their files: one for each document type.

    Who signs status lists is certified for no document type, so that it can sign no document.
    """
    types = {DOCUMENT: None, MDOC: (), **{purpose: (doctype,) for purpose, doctype in documents.items()}}
    files = dict.fromkeys(CHAINS, b"")
    for purpose, doctypes in types.items():
        (signer,) = own.signers(purpose)
        leaf = opened.certify(purpose, signer.public_key, doctypes=doctypes, now=now, random=random)
        files[kind_of(purpose)] += x509.pem(leaf)
    return files


def _check_places(folder: Path, apart: Path, root: Path) -> None:
    check_apart(folder, apart)
    for place in (folder, apart):
        check_outside(place, root)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise VerificationError("file_exists", folder.name)
    for place in (root, root_certificate_place(root)):
        if os.path.lexists(place):
            raise VerificationError("file_exists", place.name)
    for place in (folder, root):
        parent = place.absolute().parent
        if not parent.is_dir():
            error = FetchError("file_unavailable", f"{place.name}: its folder is not there")
            error.add_note(spoken(HINTS["folder_absent"], path=shlex.quote(str(parent))))
            raise error


@contextmanager
def _undoing() -> Iterator[list[Path]]:
    """Files that are removed again where something fails after them."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def _appearing(folder: Path, random: Random) -> Iterator[Path]:
    """A folder beside the one to make: renamed to it at the end, removed where something failed."""
    draft = folder.absolute().with_name(f".{folder.name}.{random(8).hex()}.draft")
    try:
        draft.mkdir(mode=0o700)
        yield draft
        draft.rename(folder.absolute())
        private_files.sync_folder(draft.parent)
    except OSError as error:
        raise FetchError("file_unavailable", f"{folder.name}: {error.strerror}") from None
    finally:
        rmtree(draft, ignore_errors=True)


def _anchors(settings: Settings, root: Certificate, own: Keys) -> Anchors:
    """What wallets and relying parties are to be given: the root, and the DID for what is signed under that."""
    types: dict[str, set[str]] = {}
    for entry in catalogue.build(settings).configurations.values():
        types.setdefault(entry.format.identity, set()).add(entry.type)
    attested, roles = frozenset(types.get(ATTESTATION, ())), frozenset({"credential", "status"})
    # A root that certifies the signer of no credential certifies the signer of the metadata, which are of these types.
    certified = frozenset(types.get(DOCUMENT, ())) | frozenset(types.get(MDOC, ()))
    named = attested | frozenset(types.get(BBS_SIGNER, ()))
    anchors = [Anchor(settings.name, root, roles, certified or named, leaf_types=MDOC in types)]
    known = identities.described(settings, own)
    if attested:
        anchors.append(Anchor(f"{settings.name} (W3C)", None, roles, attested, did=known[ATTESTATION].did))
    # On the web both keys are of one DID.
    if BBS_SIGNER in types and known[BBS_SIGNER].did not in {anchor.did for anchor in anchors}:
        credential = frozenset({"credential"})
        anchors.append(
            Anchor(f"{settings.name} (BBS)", None, credential, frozenset(types[BBS_SIGNER]), did=known[BBS_SIGNER].did)
        )
    return Anchors(tuple(anchors))
