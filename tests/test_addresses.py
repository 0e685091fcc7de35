"""Addresses by their text and by their number: what is refused does not depend on a spelling or on a version."""

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from didkit_fr.addresses import MAX_URL, Address, check_ip, parse_address
from didkit_fr.errors import FetchError


def code(call, *args, **options):
    with pytest.raises(FetchError) as error:
        call(*args, **options)
    return error.value.code


def allowed(text, *, loopback=False):
    try:
        check_ip(ip_address(text), allow_loopback=loopback)
    except FetchError as error:
        assert error.code == "fetch_refused_address"  # noqa: PT017 - or it is allowed
        return False
    return True


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://issuer.example", Address("https", "issuer.example", 443, "/", "")),
        ("HTTPS://Issuer.EXAMPLE:8443/A/b?C=d#e", Address("https", "issuer.example", 8443, "/A/b", "C=d")),
        (
            "https://xn--prfecture-b4a.example/caf%C3%A9",
            Address("https", "xn--prfecture-b4a.example", 443, "/caf%C3%A9", ""),
        ),
        ("https://8.8.8.8/", Address("https", "8.8.8.8", 443, "/", "")),
        ("https://[2A00:0::1]:65535/?", Address("https", "2a00::1", 65535, "/", "")),
        ("https://a-b.c1/..;x=/%2e?a=%26", Address("https", "a-b.c1", 443, "/..;x=/%2e", "a=%26")),
    ],
)
def test_an_address_is_read_in_one_way(url, address) -> None:
    assert parse_address(url, allow_loopback=False) == address


def test_a_url_has_a_greatest_length() -> None:
    url = "https://a.example/" + "x" * (MAX_URL - 18)
    assert len(url) == MAX_URL
    assert parse_address(url, allow_loopback=False).host == "a.example"
    assert code(parse_address, url + "x", allow_loopback=False) == "fetch_refused_address"


@pytest.mark.parametrize(("label", "name"), [(63, 253), (64, 253), (63, 254)])
def test_a_name_has_a_greatest_length(label, name) -> None:
    host = ".".join(["a" * label] * 4)[:name].rstrip(".")
    host += "a" * (name - len(host))
    url = f"https://{host}/"
    if (label, name) == (63, 253):
        assert parse_address(url, allow_loopback=False).host == host
    else:
        assert code(parse_address, url, allow_loopback=False) == "fetch_refused_address"


# The first and last address of each network that is refused, and the neighbours outside it where those are public.
EDGES = [
    ("0.0.0.0", "0.255.255.255", None, "1.0.0.0"),  # noqa: S104 - an address to refuse
    ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
    ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
    ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
    ("168.63.129.16", "168.63.129.16", "168.63.129.15", "168.63.129.17"),
    ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
    ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
    ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
    ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
    ("192.31.196.0", "192.31.196.255", "192.31.195.255", "192.31.197.0"),
    ("192.52.193.0", "192.52.193.255", "192.52.192.255", "192.52.194.0"),
    ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
    ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
    ("192.175.48.0", "192.175.48.255", "192.175.47.255", "192.175.49.0"),
    ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
    ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
    ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
    ("224.0.0.0", "255.255.255.255", "223.255.255.255", None),
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, "2000::"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::1", "2001:db9::"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::1", "2003::"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", "2620:4f:7fff::1", "2620:4f:8001::"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::1", "3fff:1000::"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
]


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(("first", "last", "before", "after"), EDGES)
def test_each_network_that_is_refused_begins_and_ends_where_its_registry_says(first, last, before, after) -> None:
    assert not allowed(first)
    assert not allowed(last)
    assert before is None or allowed(before)
    assert after is None or allowed(after)


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    "text",
    [
        "::ffff:8.8.8.8",  # IPv4-mapped
        "::ffff:127.0.0.1",
        "::8.8.8.8",  # IPv4-compatible
        "::ffff:0:8.8.8.8",  # SIIT, RFC 2765
        "64:ff9b::127.0.0.1",  # NAT64
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::10.0.0.1",
        "64:ff9b:1:ffff::1",
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "2a00:1450:4007::5efe:10.0.0.1",  # ISATAP
        "2a00:1450:4007:0:200:5efe:10.0.0.1",
        "fec0::1",  # site-local
        "fe80::1",
        "fe80::1%1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "100::1",
        "5f00::1",
        "::",
    ],
)
def test_an_address_of_ipv6_that_holds_another_or_is_not_global_is_refused(text) -> None:
    assert not allowed(text)
    assert not allowed(text, loopback=True)


def test_loopback_is_for_demonstrations_and_nothing_else_with_it() -> None:
    for text in ("127.0.0.1", "127.255.255.254", "::1"):
        assert not allowed(text)
        assert allowed(text, loopback=True)
    for text in ("0.0.0.0", "10.0.0.1", "::", "::2", "::ffff:127.0.0.1", "169.254.169.254"):  # noqa: S104 - an address to refuse
        assert not allowed(text, loopback=True)


@given(st.ip_addresses(v=6))
def test_of_ipv6_only_the_global_networks_are_public(ip) -> None:
    if ip not in IPv6Network("2000::/3"):
        assert not allowed(str(ip))


# IDNA maps each of these to a plain digit, letter or full stop (UTS 46).
FULL_WIDTH = {ord(one): ord(one) + 0xFEE0 for one in "0123456789abcdefx"}
DOTS = ("\u3002", "\uff0e", "\uff61", "\u2024", "%2e", "%2E")
INSIDE = [
    IPv4Address(one)
    for one in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0", "100.64.0.1")  # noqa: S104 - an address to refuse
]


def spellings(ip):
    """One IPv4 address as clients and C libraries are known to read it."""
    number, text = int(ip), str(ip)
    parts = text.split(".")
    plain = [
        text,
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(f"0{int(part):o}" for part in parts),
        ".".join(hex(int(part)) for part in parts),
        f"{parts[0]}.{number & 0xFFFFFF}",
        f"{parts[0]}.{parts[1]}.{number & 0xFFFF}",
        ".".join(f"{int(part):03}" for part in parts),
        f"[::ffff:{text}]",
        f"[::{text}]",
        f"[64:ff9b::{text}]",
        f"[64:ff9b:1::{text}]",
        f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]",
        f"[2a00::5efe:{text}]",
        f"[{IPv6Address(0xFFFF << 32 | number).exploded}]",
    ]
    marked = [one + "." for one in plain] + [f"user@{one}" for one in plain] + [f"a.example@{one}" for one in plain]
    marked += [f"{one}\\@a.example" for one in plain] + [f"{one}%00.a.example" for one in plain]
    marked += [one.translate(FULL_WIDTH) for one in plain]
    marked += [one.replace(".", dot) for one in plain for dot in DOTS if "." in one]
    marked += (
        [f"[{one.strip('[]')}%25lo]" for one in plain] + [f" {one}" for one in plain] + [f"{one}\t" for one in plain]
    )
    marked += (
        [f"{one}\r\nx: y" for one in plain] + [f"{one}\u200b" for one in plain] + [f"{one}\u00ad" for one in plain]
    )
    return [*plain, *marked, *(one.upper() for one in plain)]


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize("ip", INSIDE, ids=str)
def test_no_spelling_of_an_inner_address_is_taken(ip) -> None:
    for host in spellings(ip):
        for url in (f"https://{host}/", f"https://{host}:8443/x?y", f"https://{host}"):
            assert code(parse_address, url, allow_loopback=False) == "fetch_refused_address", url


@pytest.mark.guarantee("G21")
@pytest.mark.parametrize(
    "url",
    [
        "https://127\u30020\u30020\u30021/",
        "https://localhost\u3002/",
        "https://\u24dbocalhost/",
        "https://issuer.example./",
        "https://issuer..example/",
        "https://.issuer.example/",
        "https://-a.example/",
        "https://a-.example/",
        "https://a_b.example/",
        "https://pr\u00e9fecture.example/",
        "https://issuer.example:443:443/",
        "https://issuer.example:/",
        "https://issuer.example:+443/",
        "https://issuer.example:\uff14\uff14\uff13/",
        "https://issuer.example:0/",
        "https://issuer.example:65536/",
        "https://@issuer.example/",
        "https://:@issuer.example/",
        "https:///issuer.example/",
        "https:/issuer.example/",
        "https:issuer.example",
        "https://issuer.example\\@127.0.0.1/",
        "https://issuer.example/\\127.0.0.1",
        "https://issuer.example/a b",
        "https://issuer.example/a\tb",
        "https://issuer.example/\r\nHost: b",
        "https://issuer.example/\u00e9",
        "https://issuer.example/%",
        "https://issuer.example/%0",
        "https://issuer.example/?<>",
        " https://issuer.example/",
        "https://issuer.example/\n",
        "https://[::1",
        "https://[]/",
        "https://[::1]x/",
        "https://[2a00::1%25eth0]/",
        "https://[v1.fe80::a]/",
        "https://[2a00::1::2]/",
        "https://[2a00:1]/",
        "https://1/",
        "https://a.example.1/",
        "https://a.0x1/",
        "https://a.0x/",
        "ws://issuer.example/",
        "httpsx://issuer.example/",
        "",
    ],
)
def test_what_another_parser_would_read_another_way_is_refused(url) -> None:
    assert code(parse_address, url, allow_loopback=False) == "fetch_refused_address"
    assert code(parse_address, url, allow_loopback=True) == "fetch_refused_address"


@pytest.mark.guarantee("G21")
@given(
    st.text(max_size=40)
    | st.from_regex("[0-9a-fA-FxX.:%@\u3002\uff0e\uff10-\uff19-]{1,24}", fullmatch=True)
    | st.ip_addresses().map(lambda ip: f"[{ip}]" if ip.version == 6 else str(ip))
)
def test_a_host_that_is_taken_is_one_host_to_every_parser(host) -> None:
    url = f"https://{host}"
    with suppress(FetchError):
        address = parse_address(url, allow_loopback=False)
        built = yarl.URL.build(scheme="https", authority=address.authority, path=address.path, encoded=True)
        assert (built.raw_host, built.port, built.raw_path) == (address.host, address.port, address.path)
        assert address.host.isascii()
        with suppress(OSError):
            # What the C library takes for an address is one that was checked as an address.
            check_ip(ip_address(socket.inet_ntoa(socket.inet_aton(address.host))), allow_loopback=False)
        if "[" not in url:
            assert urlsplit(url).hostname == address.host
