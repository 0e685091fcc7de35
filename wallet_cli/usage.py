"""What is wrong with a command line, in the citizen's language and without repeating what was typed.

Typer's own sentences are English and quote the stray argument, which may be a passphrase or an offer in a wrong place.
"""

import re

import typer

from wallet_cli.messages import Misuse

__all__ = ["misuse_of"]

_KINDS = {
    "BadArgumentUsage": "argument_unusable",
    "BadOptionUsage": "argument_unusable",
    "BadParameter": "argument_unusable",
    "FileError": "argument_unusable",
    "MissingParameter": "argument_missing",
    "NoSuchOption": "option_unknown",
}
_BEGINNINGS = {
    "got unexpected extra": "argument_surplus",
    "no such command": "command_unknown",
    "missing command": "command_missing",
}
_OURS = re.compile(r"-{0,2}[A-Za-z-]{1,24}", re.ASCII)


def misuse_of(error: typer.TyperException) -> Misuse:
    """Which misuse it is, and of which of the command's own options or arguments, if that is known."""
    name = type(error).__name__
    if name in _KINDS:
        return Misuse(_KINDS[name], _parameter(error) if name != "NoSuchOption" else "")
    said = error.format_message().lower()
    kinds = (kind for beginning, kind in _BEGINNINGS.items() if said.startswith(beginning))
    return Misuse(next(kinds, "not_understood"))


def _parameter(error: typer.TyperException) -> str:
    """The declared name of the option or argument: never what was typed for it."""
    declared = getattr(error, "param", None)
    if declared is None:
        return ""
    options = [name for name in declared.opts if name.startswith("--")]
    name = str(options[0] if options else declared.metavar or declared.name)
    return name if _OURS.fullmatch(name) else ""
