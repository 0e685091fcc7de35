import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.did.url import MAX_CHARS, is_url, parse_did, parse_did_url
from didkit_fr.errors import DidkitError, ParseError


def code(call, text):
    with pytest.raises(ParseError) as error:
        call(text)
    return error.value.code


@pytest.mark.parametrize(
    ("text", "method", "id_"),
    [
        ("did:web:a.example", "web", "a.example"),
        ("did:web:a.example%3A8443:u:bob", "web", "a.example%3A8443:u:bob"),
        ("did:key:z6Mk", "key", "z6Mk"),
        ("did:a1::x", "a1", ":x"),
        ("did:x:a-b_c.d%20", "x", "a-b_c.d%20"),
    ],
)
def test_dids(text, method, id_):
    assert parse_did(text) == (text, method, id_)
    url = parse_did_url(f"{text}#key-1")
    assert (url.did.text, url.fragment) == (text, "key-1")


WRONG = [
    "",
    "did",
    "did:",
    "did:web",
    "did:web:",
    "did:web:a:",
    "did::a",
    "DID:web:a",
    "did:Web:a",
    "did:we-b:a",
    "did:web:a/b",
    "did:web:a?b",
    "did:web:a#b",
    "did:web:a b",
    "did:web:a%2",
    "did:web:a%zz",
    "did:web:é",
    "did:web:a\n",
    " did:web:a",
    "did:web:a\x1b[2J",
    "https://a.example",
    "did:web:" + "a" * MAX_CHARS,
]


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_what_is_no_did(text):
    assert code(parse_did, text) == "did_invalid"


@pytest.mark.parametrize(
    "text",
    [
        "did:web:a",
        "did:web:a#",
        "did:web:a##x",
        "did:web:a#x#y",
        "did:web:a/path#x",
        "did:web:a?versionId=1#x",
        "did:web:a#x y",
        "did:web:a#x\n",
        "did:web:a#é",
        "did:web:a#%2",
        "#x",
        "",
        "did:web:a#" + "x" * MAX_CHARS,
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_did_url_of_a_key(text):
    assert code(parse_did_url, text) == "did_url_invalid"


def test_the_longest_have_8192_characters():
    assert parse_did("did:web:" + "a" * 8_184).method == "web"
    assert code(parse_did, "did:web:" + "a" * 8_185) == "did_invalid"
    assert parse_did_url("did:web:a#" + "x" * 8_182).fragment == "x" * 8_182
    assert code(parse_did_url, "did:web:a#" + "x" * 8_183) == "did_url_invalid"
    assert is_url("x:" + "a" * 8_190)
    assert not is_url("x:" + "a" * 8_191)


@pytest.mark.parametrize(
    "value", [None, 1, [], "", "a", "/a", "#a", "//a.example", "a b:c", "https://é", "x:" + "a" * MAX_CHARS]
)
def test_what_is_no_url(value):
    assert not is_url(value)


@given(st.text(max_size=30) | st.from_regex(r"did:[a-z0-9]{1,3}:[A-Za-z0-9.%:_-]{0,12}(#[a-z]{0,3})?", fullmatch=True))
def test_any_text_is_read_or_refused(text):
    for call in (parse_did, parse_did_url):
        try:
            assert call(text).text == text
        except DidkitError as error:
            assert error.code in {"did_invalid", "did_url_invalid"}  # noqa: PT017 - or it is read


@pytest.mark.parametrize("text", ["did:x:" + "%" * 4000, "did:x:" + ":" * 4000 + "!", "did:x:" + "a:" * 2000 + "!"])
def test_no_text_takes_long(text):
    assert code(parse_did, text) == "did_invalid"
