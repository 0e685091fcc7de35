"""A small recording proxy between wallet and relying party: it passes on, records, alters, replays."""

import urllib.error
import urllib.request
from collections.abc import Callable

from tests.end_to_end.loopback import Asked, Loopback, Said
from tests.waiting import PATIENCE

__all__ = ["Proxy"]


class Proxy(Loopback):
    """Listens on loopback; `bodies` are what wallets posted, `alter` changes the next ones on their way."""

    def __init__(self) -> None:
        super().__init__(self._pass_on)
        self.target = ""
        self.bodies: list[bytes] = []
        self.alter: Callable[[bytes], bytes] = bytes

    def _pass_on(self, asked: Asked) -> Said:
        body = asked.body
        if body is not None:
            self.bodies.append(body)
            body = self.alter(body)
        request = urllib.request.Request(self.target + asked.path, body, {"content-type": asked.content_type})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return Said(answer.status, answer.headers["content-type"], answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Said(error.code, error.headers["content-type"], error.read())
