"""The keys and certificates of the cases, by name: those of `tests.nation`, and what an attacker may have."""

from datetime import UTC, datetime
from functools import cache

from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes

from didkit_fr.keys import software, x509
from tests.nation import CREDENTIAL_PURPOSE, DAY, NOW, READER_PURPOSE, found, nation

ISSUER = "https://issuer.example"
TLS_SERVER = "1.3.6.1.5.5.7.3.1"


@cache
def unknown_party():
    """Another state that signs as well as ours, and is no anchor of anybody here."""
    return found(name="Freedonia")


@cache
def generated(_name):
    return software.generate()


@cache
def key(name):
    state = nation()
    known = {
        "signer": state.signer,
        "root": state.root_signer,
        "reader": state.reader,
        "holder": state.holder,
        "unknown": unknown_party().signer,
        "unknown reader": unknown_party().reader,
    }
    return known.get(name) or generated(name)


def _leaf(*, since=NOW - 30 * DAY, days=365, purposes=(CREDENTIAL_PURPOSE,), uris=()):
    state = nation()
    return x509.issue_leaf(
        state.root_signer,
        state.root,
        state.signer.public_key,
        name="France document signer",
        country="FR",
        now=since,
        days=days,
        purposes=purposes,
        uris=uris,
    )


def _reader(*names, root=None):
    """A relying party that the access authority knows by these DNS names."""
    state = root or nation()
    return x509.issue_leaf(
        state.access_signer,
        state.access_root,
        key("shop").public_key,
        name="Shop",
        country="FR",
        now=NOW - DAY,
        days=30,
        purposes=[READER_PURPOSE],
        dns_names=names,
    )


def _edited(certificate):
    data = bytearray(x509.der(certificate))
    data[-1] ^= 1
    return x509.parse_der(bytes(data))


def _nameless():
    """A document signer whose subject is empty."""
    state = nation()
    builder = pyca.CertificateBuilder(
        state.root.subject,
        pyca.Name([]),
        state.signer.public_key.handle,
        pyca.random_serial_number(),
        datetime.fromtimestamp(NOW - DAY, UTC),
        datetime.fromtimestamp(NOW + 30 * DAY, UTC),
    )
    for extension in state.leaf.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(state.root_signer.private, hashes.SHA256())


def _own_root():
    """What anybody can make at home: a root that is called as the national one."""
    return x509.issue_root(key("attacker"), name="France root", country="FR", now=NOW - DAY, days=3650)


@cache
def chain(name):
    state = nation()
    chains = {
        "leaf": lambda: [state.leaf],
        "reader": lambda: [state.reader_leaf],
        "shop": lambda: [_reader("shop.example")],
        "shop of another name": lambda: [_reader("shop.example.attacker.example", "*.example")],
        "unknown shop": lambda: [_reader("shop.example", root=unknown_party())],
        "unknown": lambda: [unknown_party().leaf],
        "unknown reader": lambda: [unknown_party().reader_leaf],
        "self-signed": lambda: [_own_root()],
        "anchor itself": lambda: [state.root],
        "edited": lambda: [_edited(state.leaf)],
        "out of order": lambda: [state.leaf, _leaf()],
        "too long": lambda: [state.leaf] * 4,
        "expired": lambda: [_leaf(since=NOW - 30 * DAY, days=29)],
        "of tomorrow": lambda: [_leaf(since=NOW + DAY)],
        "for TLS": lambda: [_leaf(purposes=[TLS_SERVER])],
        "of the issuer": lambda: [_leaf(uris=(ISSUER,))],
        "for readers": lambda: [_leaf(purposes=[READER_PURPOSE])],
        "of nobody": lambda: [_nameless()],
    }
    return tuple(chains[name]())
