"""The search for the root's private key ends in an answer for any bytes: a fault in it would stop the service."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.keys import software
from issuer_service.titles import root_guard

_NEAR_BASE64 = st.text(alphabet="AQg/+-_= \t\r\n0af-BEGINEDPRVTKY", max_size=400).map(str.encode)


@given(_NEAR_BASE64 | st.binary(max_size=400))
def test_any_bytes_are_looked_at_to_their_end(data) -> None:
    assert all(key.octets for key in root_guard._keys(data))


@pytest.mark.parametrize("found", [b"J39g87Kjtm5s5Q6Q=VwHXt4sgsv+obpypYtk", b"J39g87Kjtm5s5Q6Q=VwHXt4sgsv+obpypYtk=="])
def test_padding_in_the_middle_of_a_line_is_no_fault(found) -> None:
    assert list(root_guard._keys(b"# " + found + b"\n")) == []


@pytest.mark.parametrize("written", ["{}", "# {}", "# AAAAAAAAAAAAAAAAAAAA=\n# {}", "# {}\n# AAAAAAAAAAAAAAAAAAAA="])
def test_a_key_is_found_beside_padding(written) -> None:
    signer = software.generate()
    text = b64encode(signer.secret()).decode()
    assert signer.public_key in set(root_guard._keys(written.format(text).encode()))
