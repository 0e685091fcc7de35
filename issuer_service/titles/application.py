"""The application of titles over its ports: routes, pages, and what goes on beside the requests."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from didkit_fr.keys.x509 import Certificate
from didkit_fr.primitives.random import Random, system
from didkit_fr.protocols.oauth.metadata import AUTHORIZATION_SERVER
from didkit_fr.protocols.openid4vci.metadata import CREDENTIAL_ISSUER
from didkit_fr.status.bitstring import STATUS_PURPOSES
from issuer_service.grants.port import Epochs
from issuer_service.keys.port import PERMUTATION, Keys
from issuer_service.revocations.port import Log
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import harden
from issuer_service.shell.permutation import Permutations
from issuer_service.shell.watch import Steady, Watch
from issuer_service.storage.port import Storage
from issuer_service.titles import catalogue, identities, state
from issuer_service.titles.config import Config
from issuer_service.titles.formats import ISSUED_FORMATS
from issuer_service.titles.formats.port import IssuedFormat
from issuer_service.titles.issuance import Issuer, OfferPorts
from issuer_service.titles.routes import pages
from issuer_service.titles.routes.context import CONTEXT, Context
from issuer_service.titles.routes.credential import credential
from issuer_service.titles.routes.did import did
from issuer_service.titles.routes.metadata import issuer_metadata, server_metadata
from issuer_service.titles.routes.nonce import nonce
from issuer_service.titles.routes.notification import notification
from issuer_service.titles.routes.offer import offer
from issuer_service.titles.routes.refusal import refusals
from issuer_service.titles.routes.status import bitstring, signer_revocations, status, statuses
from issuer_service.titles.routes.token import token
from issuer_service.titles.signed_metadata import SignedMetadata
from issuer_service.titles.sources.port import Source
from issuer_service.titles.status_lists import StatusLists
from issuer_service.titles.upkeep import upkeep

__all__ = ["MAX_BODY", "Ports", "build_offer_ports", "create_app"]

MAX_BODY = 262_144


@dataclass(frozen=True, slots=True)
class Ports:
    """What the application stands on; whoever makes it opens and closes them."""

    storage: Storage
    log: Log
    source: Source
    epochs: Epochs
    keys: Keys


def create_app(
    config: Config,
    ports: Ports,
    *,
    chains: Mapping[str, Sequence[Certificate]],
    clock: Clock,
    events: Events,
    steady: Steady = time.monotonic,
    random: Random = system,
    formats: Mapping[str, IssuedFormat] = ISSUED_FORMATS,
) -> web.Application:
    """Builds the application over its ports; it closes none of them.

    `clock` says what time it is, `steady` how many seconds passed: see `issuer_service.shell.clock`. `formats` are
    those that the settings may name.

    Raises:
        ParseError: `settings_invalid`, `title_unknown`, `key_unsupported`.
    """
    offers = build_offer_ports(config, ports.storage, ports.source, ports.epochs, random, formats=formats)
    known = identities.build(config.settings, offers.catalogue, ports.keys, chains, formats=formats)
    issuer = Issuer(offers, ports.keys, known, Permutations(ports.keys.secret(PERMUTATION)))
    app = web.Application(client_max_size=MAX_BODY, middlewares=[refusals])
    app[CONTEXT] = Context(
        issuer, StatusLists(issuer), SignedMetadata(issuer), events, clock, config.place("signer_revocations")
    )
    _add_routes(app, config.path)
    _add_pages(app, config)
    app.on_response_prepare.append(harden)
    app.cleanup_ctx.append(upkeep(config, ports.log, Watch(config.state / state.CLOCK, steady, random)))
    return app


def build_offer_ports(
    config: Config,
    storage: Storage,
    source: Source,
    epochs: Epochs,
    random: Random,
    *,
    formats: Mapping[str, IssuedFormat] = ISSUED_FORMATS,
) -> OfferPorts:
    """What offers and tokens need.

    Raises:
        ParseError: `settings_invalid`, `title_unknown`.
    """
    return OfferPorts(
        config.settings, catalogue.build(config.settings, formats=formats), storage, source, epochs, random
    )


def _add_routes(app: web.Application, path: str) -> None:
    """Well-known addresses stand between host and path (OpenID4VCI section 12.2.2, RFC 8414 section 3.1)."""
    add = app.router.add_route
    add("GET", f"/.well-known/{CREDENTIAL_ISSUER}{path}", issuer_metadata, name="issuer_metadata")
    add("GET", f"/.well-known/{AUTHORIZATION_SERVER}{path}", server_metadata, name="server_metadata")
    add("POST", f"{path}/token", token, name="token")
    add("POST", f"{path}/nonce", nonce, name="nonce")
    add("POST", f"{path}/credential", credential, name="credential")
    add("POST", f"{path}/notification", notification, name="notification")
    add("GET", f"{path}/offers/{{reference:[A-Za-z0-9_-]{{43}}}}", offer, name="offer")
    add("GET", f"{path or '/.well-known'}/did.json", did, name="did")
    add("GET", f"{path}/signers.crl", signer_revocations, name="signer_revocations")
    add("GET", f"{path}/status", statuses, name="statuses")
    one_list, purposes = f"{path}/status/{{list_id:[1-9][0-9]{{0,8}}}}", "|".join(STATUS_PURPOSES)
    add("GET", one_list, status, name="status")
    add("GET", f"{one_list}/{{purpose:{purposes}}}", bitstring, name="bitstring")


def _add_pages(app: web.Application, config: Config) -> None:
    """The pages for people, as far as the settings have them: without them there is no such address."""
    add, path = app.router.add_route, config.path
    if config.settings.pages:
        add("GET", path or "/", pages.start, name="start")
        add("GET", f"{path}/titles", pages.titles, name="titles")
        add("GET", f"{path}/style.css", pages.style, name="style")
    if config.settings.offer_pages:
        one_page = "/offers/{reference:[A-Za-z0-9_-]{43}}/page/{token:[A-Za-z0-9_-]{43}}"
        add("GET", path + one_page, pages.offered, name="offer_page")
