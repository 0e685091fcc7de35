"""The composition root of a VCALM service."""

from collections.abc import AsyncGenerator, Mapping
from types import MappingProxyType

from aiohttp import web

from didkit_fr.credentials.model import ISSUED, READ
from didkit_fr.fetch import AsyncFetcher
from didkit_fr.primitives.random import Random, system
from issuer_service.shell.events import Clock, Events
from issuer_service.shell.listening import harden
from issuer_service.vcalm.config import Config
from issuer_service.vcalm.folders import open_marked
from issuer_service.vcalm.keys import Keys
from issuer_service.vcalm.lists import StatusLists
from issuer_service.vcalm.requests import MAX_BODY
from issuer_service.vcalm.routes import add_routes, shape
from issuer_service.vcalm.service import SERVICE, Service, guard
from issuer_service.vcalm.trust import DANGEROUSLY_ACCEPT_ANY_ISSUER, IssuerRule
from issuer_service.vcalm.worker import Worker

__all__ = ["HOLDERS", "create_app"]

HOLDERS = frozenset({"holder"})


def create_app(
    config: Config,
    keys: Keys,
    *,
    token: bytes | None,
    clock: Clock,
    events: Events,
    random: Random = system,
) -> web.Application:
    """Builds the application; it opens the status store, and closes it when it ends.

    Args:
        config: the settings and their folder.
        keys: of the named issuers.
        token: what clients must bring; None where the service is for this machine only.
        clock: seconds since 1970 (UTC).
        events: where it says what happened.
        random: where what is random comes from.

    Raises:
        FetchError: `storage_unavailable`.
        ParseError: `storage_malformed`.
    """
    store = open_marked(config)
    lists = {name: StatusLists(config, keys.issuers[name], store, keys.permutation) for name in config.settings.status}
    service = Service(
        issuers=keys.issuers,
        lists=MappingProxyType(lists),
        verifiers=_verifiers(config),
        holders=HOLDERS,
        versions=READ if config.settings.data_model_1_1 else ISSUED,
        token=token,
        fetcher=AsyncFetcher(allow_insecure_loopback=token is None),
        worker=Worker(),
        resolver=Worker(),
        events=events,
        clock=clock,
        random=random,
    )
    app = web.Application(client_max_size=MAX_BODY, middlewares=[guard(shape)])
    app[SERVICE] = service
    add_routes(app, config.path)
    app.on_response_prepare.append(harden)

    async def around(_: web.Application) -> AsyncGenerator[None, None]:
        async with service.fetcher:
            yield
        service.worker.close()
        service.resolver.close()
        store.close()

    app.cleanup_ctx.append(around)
    return app


def _verifiers(config: Config) -> Mapping[str, IssuerRule]:
    named: dict[str, IssuerRule] = {"trusted": frozenset(config.settings.trusted)}
    if config.settings.dangerously_any_issuer:
        named["any"] = DANGEROUSLY_ACCEPT_ANY_ISSUER
    return MappingProxyType(named)
