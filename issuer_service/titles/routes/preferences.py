"""What a client prefers: RFC 9110 sections 12.4.2, 12.5.1 and 12.5.4."""

import re
from collections.abc import Collection

__all__ = ["language_of", "weights"]

MAX_HEADER = 1024

_WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.ASCII)


def weights(header: str) -> dict[str, float]:
    """The choices that a header such as Accept names, in its order, each with its weight: 1 where it has none."""
    found: dict[str, float] = {}
    for part in header[:MAX_HEADER].split(","):
        name, *parameters = part.split(";")
        weight = [match for match in map(_WEIGHT.fullmatch, parameters) if match]
        found[name.strip().lower()] = float(weight[0][1]) if weight else 1.0
    return found


def language_of(header: str, known: Collection[str], default: str) -> str:
    """The known language that an Accept-Language header likes best, the first among equals; else the default."""
    liked: dict[str, float] = {}
    for tag, weight in weights(header).items():
        language = tag.partition("-")[0]
        if language in known:
            liked[language] = max(weight, liked.get(language, 0.0))
    best = max(liked, key=lambda language: liked[language], default=default)
    return best if liked.get(best, 0.0) > 0 else default
