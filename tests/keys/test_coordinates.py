"""Coordinates of a point are below the prime of their curve: one point is written in one way."""

import pytest

from didkit_fr.errors import ParseError
from didkit_fr.keys.algorithms import named
from didkit_fr.keys.public import from_octets
from tests.refused import refused

# SP 800-186 section 3.2.1: the prime and b of each curve, and the x of a point whose y is 1.
CURVES = {
    "P-256": (
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        63778706158780828310898430985794019439130643576586724611912473313315675296455,
        32,
    ),
    "P-384": (
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        int(
            "529181775363990352265083518124696586980645133311654097257079754884212081558335"
            "3016199119542988202583424660230855800"
        ),
        48,
    ),
    "P-521": (
        2**521 - 1,
        int(
            "51953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109"
            "E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00",
            16,
        ),
        int(
            "00D9CB7A32DAB342F863EDB340F3EA61DDF833E755CE66BB1A918A42714BA05BCD"
            "F4FF10994F616A9D80CD0B48B326E3A8A2A8F5634D824875B6E71FB7CDDD7B5018",
            16,
        ),
        66,
    ),
}


def point(x, y, size):
    return b"\x04" + x.to_bytes(size) + y.to_bytes(size)


@pytest.mark.parametrize("load", [False, True])
@pytest.mark.parametrize("curve", CURVES)
def test_a_coordinate_that_equals_the_prime_is_no_coordinate(curve, load):
    prime, b, x, size = CURVES[curve]
    root = pow(b, (prime + 1) // 4, prime)
    assert root * root % prime == b, "0 is the x of a point"
    assert (x**3 - 3 * x + b) % prime == 1, "1 is the y of a point"
    for last in (point(0, root, size), point(0, prime - root, size), point(x, 1, size), point(x, prime - 1, size)):
        assert from_octets(named(curve), last, load=load).octets == last
    # The same points, with a coordinate that is larger by the prime.
    for beyond in (point(prime, root, size), point(x, prime + 1, size)):
        with refused("key_invalid", ParseError):
            from_octets(named(curve), beyond, load=load)
    with refused("key_invalid", ParseError):
        from_octets(named(curve), point(x, prime, size), load=load)
