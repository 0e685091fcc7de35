"""HTML as values: the one place where text becomes markup, and is escaped."""

from html import escape

__all__ = ["Markup", "document", "element"]

_VOID = frozenset({"img", "link", "meta"})


class Markup(str):
    """Text that is HTML already; every other text is escaped when it is put into an element."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str) -> Markup:
    """One element. What it holds is escaped unless it is `Markup`; a `_` after an attribute's name is dropped."""
    written = "".join(f' {key.rstrip("_")}="{escape(value, quote=True)}"' for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    inner = "".join(part if isinstance(part, Markup) else escape(part, quote=True) for part in content)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def document(root: Markup) -> str:
    """A whole document around its `html` element."""
    return f"<!doctype html>\n{root}\n"
