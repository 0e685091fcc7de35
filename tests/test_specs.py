import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr import specs
from didkit_fr.errors import ParseError


def test_reads_a_file_of_the_specifications():
    assert specs.read("credentials/pid/title.toml").startswith(b"#")
    assert "pid" in specs.folders("credentials")


@pytest.mark.parametrize(
    "relative",
    ["", "/", "..", "../pyproject.toml", "credentials/../../pyproject.toml", "credentials//pid", "/etc/passwd",
     "credentials/pid/.hidden", "credentials/pid", "credentials/absent", "a\0b", "credentials/pid/title.toml\n", "é"],
)  # fmt: skip
def test_refuses_what_is_not_a_file_below(relative):
    with pytest.raises(ParseError) as error:
        specs.read(relative)
    assert error.value.code == "spec_unknown"


@pytest.mark.parametrize("relative", ["absent", "..", "credentials/pid/title.toml", ""])
def test_refuses_what_is_not_a_folder_below(relative):
    with pytest.raises(ParseError) as error:
        specs.folders(relative)
    assert error.value.code == "spec_unknown"


@given(st.text())
def test_any_text_is_read_or_refused(relative):
    with pytest.raises(ParseError):
        specs.read(relative)


def test_the_wheel_has_precedence_and_a_large_file_is_refused(tmp_path, monkeypatch):
    wheel = tmp_path / "_specs"
    (wheel / "credentials").mkdir(parents=True)
    (wheel / "credentials" / "a.toml").write_bytes(b"a")
    (wheel / "credentials" / "large").write_bytes(b"x" * (specs.MAX_BYTES + 1))
    monkeypatch.setattr(specs, "_HOMES", (wheel, tmp_path / "specs"))
    assert specs.read("credentials/a.toml") == b"a"
    with pytest.raises(ParseError) as error:
        specs.read("credentials/large")
    assert error.value.code == "input_too_large"
