"""What every kind of original gives: its tree, its bytes, and what accepts or refuses them through the public API."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.nation import Web

Tree = dict[str, Any]


@dataclass
class Receiver:
    """Receives bytes: returns where they are accepted, raises where not; `asked` counts its requests to the web."""

    receive: Callable[[bytes], object]
    web: Web | None = None
    causes: Callable[[], list[str]] = field(default=list)

    @property
    def asked(self) -> int:
        return len(self.web.asked) if self.web else 0


@dataclass(frozen=True)
class Original:
    """A kind of accepted document; `around` in its tree is not the document's: clock, web, who judges."""

    tree: Callable[[], Tree]
    encode: Callable[[Tree], bytes]
    receiver: Callable[[Tree, Path], AbstractContextManager[Receiver]]


def parser(tree: Callable[[], Any], parse: Callable[[bytes], object], encode: Callable[[Any], bytes]) -> Original:
    """An original whose receiver is one function of bytes and no surroundings; its tree has one member, `document`."""

    @contextmanager
    def receiver(_around: Tree, _folder: Path) -> Iterator[Receiver]:
        yield Receiver(parse)

    return Original(
        tree=lambda: {"document": tree(), "around": {}},
        encode=lambda grown: encode(grown["document"]),
        receiver=receiver,
    )
