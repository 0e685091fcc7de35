"""Selection as ECDSA Cryptosuites 1.0 section 3.4 words it, on the processor: skolemise, compact, cut, deskolemise."""

import re

from didkit_fr.encoding.rdf import jsonld, rdfc

SCHEME = "urn:of-this-test:"


def skolemized(document, expand, compact):
    """The compact document with a name for every node (sections 3.4.7 and 3.4.8)."""
    counter = iter(range(10_000))

    def name(value):
        if isinstance(value, list):
            return [name(one) for one in value]
        if not isinstance(value, dict) or "@value" in value:
            return value
        named = {key: name(child) for key, child in value.items()}
        if "@id" not in named:
            named["@id"] = f"{SCHEME}b{next(counter)}"
        return named

    return compact(name(expand(document)), document["@context"])


def lines(document):
    return [re.sub(f"<{SCHEME}(b[0-9]+)>", r"_:\1", quad.line) for quad in jsonld.to_quads(document)]


def select(document, pointers):
    """Section 3.4.13, written with parents and children as there."""
    if not pointers:
        return None
    selection = {**_initial(document), "@context": document["@context"]}
    for pointer in pointers:
        value, selected = document, selection
        path = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
        for step in path[:-1]:
            value = value[step]
            if isinstance(selected, list):
                selected = selected[step]
            else:
                selected = selected.setdefault(step, _Sparse() if isinstance(value, list) else _initial(value))
        last = value[path[-1]]
        selected[path[-1]] = dict(last) if isinstance(last, dict) else list(last) if isinstance(last, list) else last
    return _dense(selection)


class _Sparse(dict):
    pass


def _initial(source):
    return {name: source[name] for name in ("id", "type") if name in source}


def _dense(value):
    if isinstance(value, _Sparse):
        return [_dense(value[at]) for at in sorted(value)]
    return {name: _dense(child) for name, child in value.items()} if isinstance(value, dict) else value


def group(document, groups, labels, expand, compact):
    """Section 3.4.16: the statements, and the positions of each group."""
    named = skolemized(document, expand, compact)
    whole = lines(named)
    found = rdfc.canonicalize(whole)
    signed = labels(found.labels.values())
    own = {label: signed[canonical] for label, canonical in found.labels.items()}
    statements = sorted({_relabel(line, own) for line in whole})
    selections = [select(named, pointers) for pointers in groups]
    chosen = [{_relabel(line, own) for line in lines(one)} if one else set() for one in selections]
    return tuple(statements), tuple(frozenset(at for at, one in enumerate(statements) if one in few) for few in chosen)


def _relabel(line, labels):
    """Blank nodes are told from what is between quotation marks."""
    parts = re.split(r'("(?:[^"\\]|\\.)*")', line)
    parts[::2] = [re.sub(r"_:([A-Za-z0-9]+)", lambda one: f"_:{labels[one[1]]}", part) for part in parts[::2]]
    return "".join(parts)
