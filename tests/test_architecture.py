"""The import table, the bans and the sizes: who may import what is law."""

import ast
import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from didkit_fr.errors.code import Code

ROOT = Path(__file__).resolve().parents[1]

LAYERS = {
    "errors": set(),
    "codes": {"errors"},
    "language": set(),
    "flow": {"errors"},
    "boundary": {"errors"},
    "specs": {"errors"},
    "encoding": {"errors"},
    "primitives": {"errors", "encoding"},
    "keys": {"errors", "encoding", "primitives"},
    "proofs": {"errors", "boundary", "encoding", "primitives", "keys"},
    "did": {"errors", "flow", "boundary", "encoding", "keys", "proofs"},
    "trust": {"errors", "flow", "encoding", "keys", "proofs"},
    "credentials": {"errors", "specs", "encoding"},
    "formats": {"errors", "boundary", "encoding", "primitives", "keys", "proofs", "credentials"},
    "status": {"errors", "encoding", "keys", "proofs", "credentials"},
    "verification": {
        "errors",
        "flow",
        "boundary",
        "encoding",
        "keys",
        "proofs",
        "did",
        "trust",
        "credentials",
        "formats",
        "status",
    },
    "addresses": {"errors"},
    "dumps": set(),
    "fetch": {"errors", "flow", "addresses"},
}
LAYERS["protocols"] = LAYERS["verification"] | {"verification", "primitives"}
LAYERS["relying_party"] = LAYERS["protocols"] | {"protocols"}
LAYERS["testing"] = LAYERS["relying_party"] | {"relying_party"}
LAYERS["error_table"] = {"codes", "encoding", *LAYERS["protocols"], "protocols", "errors"}
LAYERS["advice"] = {"errors", "error_table"}

BANNED = {
    *("socket", "ssl", "asyncio", "subprocess", "sqlite3", "asyncpg", "aiohttp", "requests", "os", "random"),
    *("uuid", "time", "urllib.request", "http.client"),
}
BANNED_CALLS = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
MAY_DRAW = {"didkit_fr/primitives/random.py"}

MAX_FUNCTION, MAX_FILE = 40, 400
LISTED_LONG: dict[str, str] = {
    # "path" or "path:function": "reason"
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """Absolute names of all that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def package(path: Path) -> str:
    return path.relative_to(ROOT / "didkit_fr").parts[0].removesuffix(".py")


LIBRARY = [path for path in sources("didkit_fr") if path != ROOT / "didkit_fr/__init__.py"]


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_a_package_imports_only_the_layers_below_it(path):
    used = {one.split(".")[1] for one in imports(path) if one.startswith("didkit_fr.")}
    assert used - {package(path)} <= LAYERS[package(path)], name(path)
    assert not {one for one in imports(path) if one.split(".")[0] in {"issuer_service", "wallet_cli", "tests"}}


@pytest.mark.guarantee("G16")
@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_no_socket_no_clock_no_environment_below_fetch(path):
    if package(path) == "fetch":
        return
    banned = {one for one in imports(path) for ban in BANNED if one == ban or one.startswith(f"{ban}.")}
    assert not banned, name(path)
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    assert not {call for call in calls for ban in BANNED_CALLS if call.endswith(ban)}, name(path)
    drawn = {one for one in imports(path) if one == "secrets" or one.startswith("secrets.")}
    assert not drawn or name(path) in MAY_DRAW


@pytest.mark.parametrize("path", LIBRARY, ids=name)
def test_no_cache_is_keyed_by_input(path):
    """Whoever sends something could fill it, and what is in it would outlive who sent it."""
    assert "functools.lru_cache" not in imports(path), name(path)


def test_the_public_module_is_lazy_and_names_25_things_at_most():
    import didkit_fr

    assert len(didkit_fr.__all__) <= 25
    assert all(getattr(didkit_fr, public) is not None for public in didkit_fr.__all__)
    assert not {one for one in imports(ROOT / "didkit_fr/__init__.py") if one.startswith("didkit_fr.fetch")}


APPLICATIONS = {
    "issuer_service.shell": set(),
    "issuer_service.keys": {"issuer_service.shell"},
    "issuer_service.grants": {"issuer_service.shell"},
    "issuer_service.storage": {"issuer_service.shell"},
    "issuer_service.revocations": {"issuer_service.shell", "issuer_service.storage"},
    "issuer_service.register": {"issuer_service.shell"},
    "issuer_service.vcalm": {"issuer_service.shell"},
    "wallet_cli": set(),
}
"""Which other packages of applications each may import; all may import the library."""
APPLICATIONS["issuer_service.titles"] = {
    f"issuer_service.{one}" for one in ("shell", "keys", "grants", "storage", "revocations")
}


def application(module: str) -> str:
    """The package of a module: in `issuer_service` the folder, in `wallet_cli` all of it."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "issuer_service" else parts[0]


@pytest.mark.parametrize("path", sources("issuer_service", "wallet_cli"), ids=name)
def test_an_application_imports_the_library_and_what_all_share_never_another_application(path):
    own = application(".".join(path.relative_to(ROOT).with_suffix("").parts))
    used = {application(one) for one in imports(path) if one.split(".")[0] in {"issuer_service", "wallet_cli", "tests"}}
    assert used - {own} <= APPLICATIONS.get(own, set()), name(path)


def test_the_issuer_service_is_folders():
    assert [one.name for one in (ROOT / "issuer_service").glob("*.py")] == ["__init__.py"]
    folders = {one.parent.name for one in (ROOT / "issuer_service").glob("*/__init__.py")}
    assert {f"issuer_service.{one}" for one in folders} == APPLICATIONS.keys() - {"wallet_cli"}


ADAPTERS = (
    *("issuer_service.storage.sqlite", "issuer_service.storage.group_commit", "issuer_service.storage.migrations"),
    *("issuer_service.keys.keyring", "issuer_service.keys.software", "issuer_service.grants.epochs"),
    *("issuer_service.revocations.revocation_log", "issuer_service.titles.sources.register"),
)
"""Beginnings of the names of modules that stand behind a port."""
NAMES_ADAPTERS = {
    "issuer_service/titles/app.py": "the composition root",
    "issuer_service/titles/data_folder.py": "what files adapters leave in the folder is known by what is in them",
    "issuer_service/titles/root_guard.py": "looks for the root's key in those files",
}


@pytest.mark.parametrize("path", sources("issuer_service/titles"), ids=name)
def test_only_the_composition_root_names_adapters(path):
    named = {one for one in imports(path) if one.startswith(ADAPTERS)}
    assert not named or name(path) in NAMES_ADAPTERS or name(path) == "issuer_service/titles/sources/register.py", named


def modules() -> dict[str, set[str]]:
    """Every module of the project, and those that it imports, also inside functions and for types only."""
    found = {}
    for path in sources("didkit_fr", "issuer_service", "wallet_cli"):
        found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    graph = {}
    for module, path in found.items():
        used = {one if one in found else one.rpartition(".")[0] for one in imports(path)}
        graph[module] = (used & found.keys()) - {module}
    return graph


def test_no_file_imports_itself_by_way_of_others():
    graph = modules()
    # Whoever imports nothing that is left is in no circle; what is left in the end is circles and what leads to them.
    while leaves := {one for one, used in graph.items() if not used & graph.keys()}:
        graph = {one: used for one, used in graph.items() if one not in leaves}
    assert not graph, sorted(graph)


GROWING = {
    # "path:name": "until when it grows"; a cache names the constant that bounds it
    "didkit_fr/credentials/table.py:_read": "while one table is read",
    "didkit_fr/encoding/rdf/definitions.py:done": "while one context is read",
    "didkit_fr/encoding/rdf/definitions.py:terms": "while one context is read",
    "didkit_fr/encoding/rdf/jsonld.py:_tables": "_MAX_TABLES lists of contexts",
    "didkit_fr/encoding/rdf/known_names.py:names": "while the contexts that are known are read",
    "didkit_fr/encoding/rdf/known_names.py:vocabularies": "while the contexts that are known are read",
    "didkit_fr/encoding/rdf/known_names.py:words": "while the contexts that are known are read",
    "didkit_fr/encoding/rdf/nodes.py:links": "while one document is read",
    "didkit_fr/encoding/rdf/nodes.py:plans": "MAX_SCOPES kinds of nodes of one table",
    "didkit_fr/encoding/rdf/nodes.py:rules": "while one document is read",
    "didkit_fr/encoding/rdf/nodes.py:tails": "while one document is read",
    "didkit_fr/encoding/rdf/nodes.py:referred": "while one document is read",
    "didkit_fr/encoding/rdf/rdfc.py:issued": "while one document is written",
    "didkit_fr/encoding/rdf/reader.py:made": "while one document is read",
    "didkit_fr/encoding/rdf/reader.py:places": "while one document is read",
    "didkit_fr/encoding/rdf/reader.py:rules": "while one document is read",
    "didkit_fr/encoding/rdf/terms.py:rows": "the terms of one table",
    "didkit_fr/encoding/rdf/terms.py:scopes": "MAX_SCOPES tables inside a table",
    "didkit_fr/encoding/rdf/terms.py:types": "MAX_SCOPES lists of types of one table",
    "didkit_fr/encoding/rdf/terms.py:words": "the terms of one table",
    "didkit_fr/proofs/sd_jwt/payload.py:met": "while one token is read",
    "didkit_fr/proofs/sd_jwt/payload.py:placed": "while one token is read",
    "didkit_fr/protocols/openid4vp/transactions.py:_open": "max_entries transactions, which the verifier itself opens",
    "didkit_fr/verification/memory.py:_count": "as `_entries`",
    "didkit_fr/verification/memory.py:_entries": "MAX_ENTRIES results of a kind",
    "didkit_fr/verification/memory.py:_order": "as `_entries`",
    "issuer_service/shell/connections.py:_accepting": "the listeners of one service",
    "issuer_service/shell/connections.py:_listeners": "the listeners of one service",
    "issuer_service/shell/connections.py:_open": "the connections of `Limits`",
    "issuer_service/shell/connections.py:_opening": "the connections of `Limits`",
    "issuer_service/shell/permutation.py:_kept": "max_kept lists",
    "issuer_service/titles/status_lists.py:_kept": "MAX_KEPT lists",
}
"""What functions add to and that outlives them: an object's containers, and those of a module."""
GROWS = {"add", "append", "appendleft", "extend", "insert", "setdefault", "update"}
CONTAINERS = (ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.Dict, ast.DictComp)
OF_OTHERS = {"headers", "on_response_prepare", "on_cleanup", "cleanup_ctx", "router", "log"}
"""Members of aiohttp's objects, and of ports."""


def growing(path: Path) -> set[str]:
    """The names of attributes, and of variables of the module, that functions of a file add to by key."""
    top = {one.id for node in tree(path).body for one in ast.walk(node) if is_assigned(node, one)}
    found = set()
    for function in ast.walk(tree(path)):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        local = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
        local |= {one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        for node in ast.walk(function):
            holder = grown(node)
            if isinstance(holder, ast.Attribute):
                found.add(holder.attr)
            elif isinstance(holder, ast.Name) and holder.id in top - local:
                found.add(holder.id)
            elif isinstance(node, ast.Global):
                found |= set(node.names)
    return found - OF_OTHERS


def is_assigned(statement: ast.stmt, node: ast.AST) -> bool:
    assigns = isinstance(statement, (ast.Assign, ast.AnnAssign))
    return assigns and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def grown(node: ast.AST) -> ast.expr | None:
    """What a node of a function adds to: `holder[key] = ...`, `holder |= ...`, `holder.add(...)` and the like."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return node.value
    if isinstance(node, ast.AugAssign) and (isinstance(node.op, ast.BitOr) or isinstance(node.value, CONTAINERS)):
        return node.target
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GROWS:
        return node.func.value
    return None


@pytest.mark.parametrize(
    "text",
    [
        "seen = {}\ndef f(key):\n    seen[key] = 1\n",
        "seen: dict[str, int] = {}\nasync def f(key):\n    return seen.setdefault(key, 1)\n",
        "seen = set()\ndef f(key):\n    seen.add(key)\n",
        "seen = []\ndef f(key):\n    seen.append(key)\n",
        "seen = set()\ndef f(key):\n    global seen\n    seen |= {key}\n",
        "class C:\n    def f(self, key):\n        self.seen[key] = 1\n",
        "class C:\n    def f(self, key):\n        self.seen |= {key}\n",
        "class C:\n    def f(self, key):\n        self.seen += [key]\n",
        "class C:\n    seen = {}\ndef f(key):\n    C.seen.update({key: 1})\n",
    ],
)
def test_a_container_that_functions_add_to_is_seen(tmp_path, text):
    (tmp_path / "one.py").write_text(text)
    assert growing(tmp_path / "one.py") == {"seen"}


def test_a_container_of_one_call_is_none(tmp_path):
    (tmp_path / "one.py").write_text(
        "seen = {}\ndef f(keys):\n    seen = {}\n    for key in keys:\n        seen[key] = 1\n"
    )
    assert growing(tmp_path / "one.py") == set()


@pytest.mark.parametrize("path", sources("didkit_fr", "issuer_service", "wallet_cli"), ids=name)
def test_what_outlives_a_call_grows_within_a_bound_that_is_named(path):
    """A container that grows by what is sent is a cache that whoever sends something fills."""
    unlisted = {f"{name(path)}:{one}" for one in growing(path)} - GROWING.keys()
    assert not unlisted
    for one, reason in GROWING.items():
        bound = re.match(r"_?[A-Z_]{4,}", reason)
        if one.startswith(f"{name(path)}:") and bound:
            assert bound.group() in path.read_text(encoding="utf-8"), one


def test_no_bound_is_named_for_what_does_not_grow():
    found = {
        f"{name(path)}:{one}" for path in sources("didkit_fr", "issuer_service", "wallet_cli") for one in growing(path)
    }
    assert not GROWING.keys() - found


REMEMBERED = {
    "didkit_fr/credentials/claims.py:_shapes": "the formats",
    "didkit_fr/credentials/titles.py:load": "the titles of this project; of another name there is nothing to remember",
    "didkit_fr/primitives/bbs_utilities.py:_generators": "MAX_GENERATORS of each interface",
    "issuer_service/register/generate.py:generate": "the demonstration's own numbers",
    "issuer_service/titles/formats/sd_jwt_vc.py:_type_claims": "the types of the issuer's own titles",
}
"""Functions that `functools.cache` remembers by their arguments, and how many of these there are."""


@pytest.mark.parametrize("path", sources("didkit_fr", "issuer_service", "wallet_cli"), ids=name)
def test_what_is_remembered_by_arguments_has_few(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            cached = {ast.unparse(one).split("(")[0].split(".")[-1] for one in node.decorator_list}
            if cached & {"cache", "lru_cache"} and ast.unparse(node.args):
                assert f"{name(path)}:{node.name}" in REMEMBERED


def test_the_rule_that_accepts_any_issuer_is_for_the_verifiers_of_the_w3c_api_alone():
    where = [
        name(path)
        for path in sources("didkit_fr", "issuer_service", "wallet_cli", "specs")
        if "dangerously_accept_any_issuer" in path.read_text(encoding="utf-8").lower()
    ]
    assert where == [f"issuer_service/vcalm/{one}.py" for one in ("app", "trust", "verifying")]


WRITER = "didkit_fr/encoding/rdf/nquads.py"
NO_STATEMENTS = {"f'{issuer.issue(node)}<{digest}>'": "a path of RDFC-1.0 section 4.8, which is hashed"}
WRITTEN = {"Term", "LiteralSuffix", "BeforeText", "AfterText", "StatementEnd", "PredicateObject", "Line"}


def put_together(node: ast.AST) -> bool:
    """Whether text is put together with what begins a blank node or ends a term or a statement."""
    if not isinstance(node, ast.JoinedStr | ast.BinOp):
        return False
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return any(text in {"<", ">", "_:"} or "^^" in text or text.endswith((" .\n", "_:", " <")) for text in texts)


@pytest.mark.guarantee("G29")
@pytest.mark.parametrize("path", [path for path in LIBRARY if name(path) != WRITER], ids=name)
def test_nothing_but_the_writer_makes_a_part_of_a_statement(path):
    """What is not checked or escaped there would be a statement more, or one less, of what is signed."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).split(".")[-1]
            assert called not in WRITTEN, f"{name(path)}:{node.lineno}"
            assert called != "cast" or not WRITTEN & set(re.findall(r"\w+", ast.unparse(node.args[0]))), name(path)
        assert not put_together(node) or ast.unparse(node) in NO_STATEMENTS, f"{name(path)}:{node.lineno}"


def test_only_the_reader_takes_statements_apart_for_others():
    """A statement that is not read from text is one that `reader` wrote with the writer."""
    making = [name(path) for path in LIBRARY if re.search(r"\bQuad\b\(|__new__, Quad\b", path.read_text("utf-8"))]
    assert making == [WRITER, "didkit_fr/encoding/rdf/reader.py"]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return node.end_lineno - node.lineno + 1 - (first.end_lineno - first.lineno + 1 if docstring else 0)


@pytest.mark.parametrize("path", sources("didkit_fr", "issuer_service", "wallet_cli", "specs"), ids=name)
def test_functions_and_files_stay_small(path):
    assert name(path) in LISTED_LONG or len(path.read_text(encoding="utf-8").splitlines()) <= MAX_FILE, name(path)
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and f"{name(path)}:{node.name}" not in LISTED_LONG:
            assert body_lines(node) <= MAX_FUNCTION, f"{name(path)}:{node.lineno} {node.name}"


KINDS = {"ParseError", "FetchError", "VerificationError", "ProtocolError"}


def owner(path: Path) -> str:
    """Whose table of codes a file may use first: a package of the library, a folder of the issuer, or the wallet."""
    project, place = path.relative_to(ROOT).parts[:2]
    if project == "didkit_fr":
        return f"didkit_fr.{place}" if (ROOT / project / place / "codes.py").exists() else "didkit_fr"
    return f"{project}.{place}" if project == "issuer_service" and place.removesuffix(".py") == place else project


def below(layer: str) -> set[str]:
    """Every layer that a layer of the library stands on."""
    return LAYERS[layer].union(*(below(one) for one in LAYERS[layer]))


def tables_for(path: Path) -> set[str]:
    """Whose codes a file may raise."""
    whose, project = owner(path), path.relative_to(ROOT).parts[0]
    if project == "didkit_fr":
        return {whose, "didkit_fr"} | {f"didkit_fr.{one}" for one in below(package(path))}
    library = {owner(one) for one in LIBRARY}
    return library | APPLICATIONS.get(whose, set()) | {whose}


@cache
def table(whose: str) -> Mapping[str, Code]:
    """The codes of a package or an application; none where it has no table."""
    there = ROOT.joinpath(*whose.split("."), "codes.py").exists()
    return import_module(f"{whose}.codes").CODES if there else {}


PROGRAMS = sources("issuer_service", "wallet_cli")
TABLES = {owner(path) for path in [*LIBRARY, *PROGRAMS] if path.name == "codes.py"}


@pytest.mark.parametrize("path", [*LIBRARY, *PROGRAMS], ids=name)
def test_a_raised_code_is_of_its_own_package_or_of_one_below_it_under_its_own_kind(path):
    allowed = {code: row for whose in tables_for(path) for code, row in table(whose).items()}
    for node in ast.walk(tree(path)):
        kind = ast.unparse(node.func).split(".")[-1] if isinstance(node, ast.Call) and node.args else None
        if kind in KINDS and isinstance(node.args[0], ast.Constant):
            code, where = node.args[0].value, f"{name(path)}:{node.lineno}"
            assert code in allowed, f"{where}: {code} stands in no table of this package or of one below it"
            assert allowed[code].kind.__name__ == kind, f"{where}: {code}"


@cache
def spelled() -> Mapping[str, set[str]]:
    """Who spells which text."""
    found: dict[str, set[str]] = {}
    for path in [*LIBRARY, *PROGRAMS]:
        for node in ast.walk(tree(path)) if path.name != "codes.py" else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.setdefault(node.value, set()).add(owner(path))
    return found


@pytest.mark.parametrize("whose", sorted(TABLES))
def test_a_listed_code_stands_beside_what_raises_it_or_below_several_that_do(whose):
    for code in table(whose):
        by = spelled().get(code, set())
        assert whose in by or len(by) > 1, f"{code} of {whose}: {by or 'nobody'}"


def test_the_derived_tables_have_every_code():
    from didkit_fr.error_table import CODES, join
    from issuer_service.shell.error_table import every_code

    library = {whose for whose in TABLES if whose.startswith("didkit_fr")}
    assert dict(CODES) == dict(join(*map(table, library)))
    issuer = {whose for whose in TABLES if whose.startswith("issuer_service")}
    assert dict(every_code()) == dict(join(CODES, *map(table, issuer)))
    with pytest.raises(ValueError, match="two tables"):
        join(CODES, {"json_invalid": CODES["json_invalid"]})


def test_the_derived_table_sees_nothing_but_tables():
    used = imports(ROOT / "didkit_fr/error_table.py")
    mine = {one for one in used if one.startswith("didkit_fr")}
    assert {one for one in mine if not one.startswith("didkit_fr.errors.")} == {
        f"{one}.codes" for one in TABLES if one.startswith("didkit_fr")
    }


def test_no_test_waits_for_a_time():
    """A wait that a clock ends is too short on some machine: `tests/waiting.py` waits for what happens."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name == "waiting.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}:
                assert ast.unparse(node) == "asyncio.sleep(0)", f"{path.name}:{node.lineno}"


def test_no_test_module_imports_another():
    """What two test modules need stands in a module of its own: a test is then read, moved or removed by itself."""
    for path in sources("tests"):
        borrowed = {
            one for one in imports(path) if re.search(r"(^|\.)test_\w+(\.|$)", one) and one.startswith("tests.")
        }
        assert not borrowed, f"{name(path)}: {sorted(borrowed)}"


def test_a_refusal_is_asked_for_in_one_way():
    """`tests.refused` has the helpers: a copy of one of them under another name could assert less."""
    for path in sources("tests"):
        if path == ROOT / "tests/refused.py":
            continue
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and node.args.args and len(node.args.args) == 1:
                called = f"{node.args.args[0].arg}()"
                body = "\n".join(map(ast.unparse, node.body))
                copied = f"with pytest.raises(DidkitError) as error:\n    {called}\nreturn error.value.code"
                assert body != copied, f"{name(path)}:{node.lineno}"
