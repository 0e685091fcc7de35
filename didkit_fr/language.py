"""The language that a command speaks."""

from collections.abc import Mapping

__all__ = ["language_of"]


def language_of(environment: Mapping[str, str]) -> str:
    """The language of the environment, "fr" or "en": the first of LC_ALL, LC_MESSAGES, LANG that is set (POSIX 8.2)."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "fr" if value.lower().partition("_")[0].partition(".")[0] == "fr" else "en"
    return "en"
