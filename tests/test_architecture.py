"""The import table, the bans and the sizes: who may import what is law."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS = {
    "errors": set(),
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
LAYERS["advice"] = {"errors"}

BANNED = {
    *("socket", "ssl", "asyncio", "subprocess", "sqlite3", "asyncpg", "aiohttp", "requests", "os", "random"),
    *("uuid", "time", "urllib.request", "http.client"),
}
BANNED_CALLS = {"datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
MAY_DRAW = {"didkit_fr/primitives/random.py"}

MAX_FUNCTION, MAX_FILE = 40, 400
LISTED_LONG: dict[str, str] = {
    # "path" or "path:function": "reason"
    "didkit_fr/errors.py": "a table, every code in one place",
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


@pytest.mark.parametrize(("application", "other"), [("issuer_service", "wallet_cli"), ("wallet_cli", "issuer_service")])
def test_applications_never_import_each_other(application, other):
    for path in sources(application):
        assert not {one for one in imports(path) if one.split(".")[0] in {other, "tests"}}, name(path)


def test_the_rule_that_accepts_any_issuer_is_for_the_verifiers_of_the_w3c_api_alone():
    where = [
        name(path)
        for path in sources("didkit_fr", "issuer_service", "wallet_cli", "specs")
        if "dangerously_accept_any_issuer" in path.read_text(encoding="utf-8").lower()
    ]
    assert where == [f"issuer_service/vcalm/{one}.py" for one in ("app", "trust", "verifying")]


def test_the_w3c_api_sees_nothing_of_the_issuer_of_titles():
    shared = {"shell", "vcalm", "storage", "titles"}
    for path in sources("issuer_service/vcalm"):
        folders = {one.split(".")[1] for one in imports(path) if one.startswith("issuer_service.")}
        assert folders <= shared, name(path)


def test_routes_see_ports_never_adapters():
    adapters = {"issuer_service.storage.sqlite", "issuer_service.titles.sources.register", "issuer_service.register"}
    for path in sources("issuer_service/titles/routes"):
        assert not {one for one in imports(path) for adapter in adapters if one.startswith(adapter)}, name(path)


WRITER = "didkit_fr/encoding/rdf/nquads.py"
NO_STATEMENTS = {"f'{issuer.issue(node)}<{digest}>'": "a path of RDFC-1.0 section 4.8, which is hashed"}
WRITTEN = {"Term", "Kind", "Opening", "Closing", "Ending", "Tail", "Line"}


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


def test_every_raised_code_is_listed_under_its_own_kind():
    from didkit_fr.errors import CODES

    for path in sources("didkit_fr", "issuer_service", "wallet_cli"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in {
                "ParseError",
                "FetchError",
                "VerificationError",
                "ProtocolError",
            }:
                kind = ast.unparse(node.func).split(".")[-1]
                code = node.args[0] if node.args else None
                if isinstance(code, ast.Constant):
                    assert code.value in CODES, f"{name(path)}:{node.lineno}: {code.value}"
                    assert CODES[code.value].kind.__name__ == kind, f"{name(path)}:{node.lineno}: {code.value}"


def test_every_listed_code_is_used():
    from didkit_fr.errors import CODES

    used = {
        node.value
        for path in sources("didkit_fr", "issuer_service", "wallet_cli")
        if path != ROOT / "didkit_fr/errors.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not set(CODES) - used


def test_no_test_waits_for_a_time():
    """A wait that a clock ends is too short on some machine: `tests/waiting.py` waits for what happens."""
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name == "waiting.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"}:
                assert ast.unparse(node) == "asyncio.sleep(0)", f"{path.name}:{node.lineno}"
