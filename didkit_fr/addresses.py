"""Which addresses may be contacted: a URL is parsed once, and an IP address is held against lists kept here.

Nothing here asks the network. What Python says of an address (`is_global`) changes with its version, so that what is
refused stands in this file, network by network.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from didkit_fr.errors import FetchError

__all__ = ["Address", "Ip", "check_ip", "is_loopback", "parse_address"]

Ip = IPv4Address | IPv6Address

MAX_URL, MAX_NAME, MAX_PORT = 8_192, 253, 65_535

# RFC 3986, and nothing that a browser or a client would mend: no user, no percent sign in a host, no zone of IPv6.
_PATH = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_QUERY = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_URL = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?"
    rf"(?P<path>(?:/{_PATH})?)(?:\?(?P<query>{_QUERY}))?(?:#{_QUERY})?"
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)*{_LABEL}")
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DOTTED = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
# "127.1", "0177.0.0.1" and "2130706433" are addresses to the C library (WHATWG URL, "ends in a number").
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

# The IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast, and one cloud's own service.
_IPV4_REFUSED = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network (RFC 791)
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # shared by the customers of a carrier (RFC 6598)
            "127.0.0.0/8",  # loopback (RFC 1122)
            "168.63.129.16/32",  # the host's own service, at machines of one cloud
            "169.254.0.0/16",  # link-local (RFC 3927), where clouds keep their metadata
            "172.16.0.0/12",  # private (RFC 1918)
            "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.31.196.0/24",  # AS112 (RFC 7535)
            "192.52.193.0/24",  # AMT (RFC 7450)
            "192.88.99.0/24",  # relays of 6to4 (RFC 7526)
            "192.168.0.0/16",  # private (RFC 1918)
            "192.175.48.0/24",  # AS112 (RFC 7534)
            "198.18.0.0/15",  # benchmarking (RFC 2544)
            "198.51.100.0/24",  # documentation (RFC 5737)
            "203.0.113.0/24",  # documentation (RFC 5737)
            "224.0.0.0/4",  # multicast (RFC 5771)
            "240.0.0.0/4",  # reserved, and broadcast (RFC 1112, RFC 919)
        ),
    )
)

# Only what IANA hands out to networks (RFC 4291 section 2.4, RFC 3513): this leaves out loopback, unique local,
# link-local, site-local and multicast addresses, and those that hold one of IPv4: mapped (::ffff:0:0/96), compatible
# (::/96) and NAT64 (64:ff9b::/96, 64:ff9b:1::/48).
_IPV6_GLOBAL = IPv6Network("2000::/3")
_IPV6_REFUSED = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments (RFC 2928), Teredo (RFC 4380) among them
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4 (RFC 3056): an IPv4 address is in it
            "2620:4f:8000::/48",  # AS112 (RFC 7534)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
# An ISATAP interface ends in 5efe and an IPv4 address (RFC 5214 section 6.1); the bit of 0200 says "universal".
_ISATAP, _ISATAP_BITS = 0x0000_5EFE, 0xFDFF_FFFF


@dataclass(frozen=True, slots=True)
class Address:
    """A URL that was parsed: nothing parses it again.

    `host` is a name in lower case, or an IP address in its one spelling, without brackets; `path` begins with `/`;
    `path` and `query` are as they stood in the URL; the fragment is gone.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL (RFC 3986 section 3.2)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(url: str, *, allow_loopback: bool) -> Address:
    """Parses an `https` URL (RFC 3986), and refuses what no client may touch, before a name is resolved.

    Whether an address that a name leads to may be contacted is not checked here; `check_ip` is for that.

    Args:
        url: it is ASCII; a host that is not, is written as its A-labels ("xn--...").
        allow_loopback: also allows `http`, and addresses of this machine, on loopback only.

    Raises:
        FetchError: `fetch_refused_address`.
    """
    found = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if found is None:
        raise FetchError("fetch_refused_address", "not a URL of http or https that is plain ASCII")
    scheme, host = found["scheme"].lower(), found["host"].lower()
    ip = _literal(host)
    if ip is not None:
        check_ip(ip, allow_loopback=allow_loopback)
        host = str(ip)
    elif len(host) > MAX_NAME or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host):
        raise FetchError("fetch_refused_address", "not a host name")
    local = host == "localhost" or (ip is not None and is_loopback(ip))
    if scheme != "https" and not (allow_loopback and local):
        raise FetchError("fetch_refused_address", "https is required")
    port = int(found["port"] or (443 if scheme == "https" else 80))
    if not 0 < port <= MAX_PORT:
        raise FetchError("fetch_refused_address", "not a port")
    return Address(scheme, host, port, found["path"] or "/", found["query"] or "")


def check_ip(ip: Ip, *, allow_loopback: bool) -> None:
    """Checks that an IP address is a public one, by the lists of this file; never an address that holds another.

    Raises:
        FetchError: `fetch_refused_address`.
    """
    if is_loopback(ip):
        public = allow_loopback
    elif isinstance(ip, IPv4Address):
        public = not any(ip in network for network in _IPV4_REFUSED)
    else:
        isatap = (int(ip) >> 32) & _ISATAP_BITS == _ISATAP
        public = ip in _IPV6_GLOBAL and not isatap and not any(ip in network for network in _IPV6_REFUSED)
    if not public:
        raise FetchError("fetch_refused_address", "not a public address")


def is_loopback(ip: Ip) -> bool:
    """Whether an IP address is this machine itself (RFC 1122, RFC 4291); one that is embedded in IPv6 is not."""
    return ip in IPv4Network("127.0.0.0/8") if isinstance(ip, IPv4Address) else int(ip) == 1


def _literal(host: str) -> Ip | None:
    """The IP address that a host is, in dotted decimal or in brackets; None of a name."""
    if host.startswith("["):
        try:
            return IPv6Address(host[1:-1])
        except ValueError:
            raise FetchError("fetch_refused_address", "not an address of IPv6") from None
    return IPv4Address(host) if _DOTTED.fullmatch(host) else None
