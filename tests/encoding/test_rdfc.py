import json
import re
import time
from itertools import permutations
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from didkit_fr.encoding import rdfc
from didkit_fr.errors import DidkitError
from tests.vectors import vectors

# Their input is not in canonical form, which is the only one that is read here.
OTHER_SPELLINGS = {"#test060c", "#test073c", "#test073m"}


def entries():
    manifest = json.loads(vectors("rdfc10/manifest.jsonld").read_text())
    return [one for one in manifest["entries"] if one["id"] not in OTHER_SPELLINGS]


def found(name):
    [path] = vectors("rdfc10").rglob(Path(name).name)
    return path


def statements(name):
    return [f"{line}\n" for line in found(name).read_text().split("\n") if line.strip()]


def refusal(call):
    with pytest.raises(DidkitError) as error:
        call()
    return error.value.code


@pytest.mark.vectors
def test_official_vectors():
    seen = 0
    for one in entries():
        given_, digest = statements(one["action"]), one.get("hashAlgorithm", "SHA256").lower()
        if one["type"].endswith("NegativeEvalTest"):
            assert refusal(lambda given_=given_: rdfc.canonicalize(given_)) == "rdfc_work", one["id"]
            continue
        made = rdfc.canonicalize(given_, digest=digest)
        if "Map" in one["type"]:
            assert json.loads(found(one["result"]).read_text()) == dict(made.labels), one["id"]
        else:
            assert "".join(made.lines) == found(one["result"]).read_text(), one["id"]
        seen += 1
    assert seen >= 82


def test_a_poison_graph_is_refused_soon():
    """Every node is linked to every other: all orders of them look alike."""
    graph = [f"_:n{a} <urn:p> _:n{b} .\n" for a, b in permutations(range(10), 2)]
    start = time.process_time()
    assert refusal(lambda: rdfc.canonicalize(graph)) == "rdfc_work"
    assert time.process_time() - start < 10
    assert refusal(lambda: rdfc.canonicalize(graph, max_work=10)) == "rdfc_work"


@pytest.mark.parametrize(
    "line", ["", "_:a", "_:a <p> _:b .", "_:a _:p _:b .\n", '"a" <p> _:b .\n', "_:a <p> _:b _:c _:d .\n"]
)
def test_what_is_no_statement(line):
    if "_:" in line[2:]:
        assert refusal(lambda: rdfc.canonicalize([line])) == "nquads_invalid"


NODES = st.sampled_from(["_:a", "_:b", "_:c", "_:d", "<urn:s>"])
OBJECTS = NODES | st.sampled_from(['"_:a <urn:p> _:b ."', '"a _:b"@fr', '"x"^^<urn:t>'])
GRAPHS = st.sampled_from(["", " <urn:g>", " _:g", " _:a"])
STATEMENTS = st.builds(lambda s, p, o, g: f"{s} <urn:{p}> {o}{g} .\n", NODES, st.sampled_from("pq"), OBJECTS, GRAPHS)


@settings(deadline=None, max_examples=200)
@given(st.lists(STATEMENTS, max_size=8))
def test_pyoxigraph_agrees(lines):
    """The canonicalisation of pyld counts a node's link to itself twice, so that it is no oracle here."""
    dataset = pyoxigraph.Dataset(pyoxigraph.parse("".join(lines), format=pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    assert list(rdfc.canonicalize(lines).lines) == sorted(f"{quad} .\n" for quad in dataset)


@settings(deadline=None, max_examples=100)
@given(st.lists(STATEMENTS.filter(lambda line: '"' not in line), max_size=8), st.permutations("wxyz"))
def test_labels_say_nothing(lines, names):
    renames = str.maketrans("abcd", "".join(names))
    other = [re.sub(r"_:([abcd])", lambda one: f"_:{one[1].translate(renames)}", line) for line in lines]
    assert rdfc.canonicalize(lines).lines == rdfc.canonicalize(other).lines
