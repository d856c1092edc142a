"""Where the server listens, who can reach it there, the address that they open, and what is printed of it."""

import errno
import ipaddress
import socket

from gan.errors import InputError
from gan.web.guard import EVERY_ADDRESS
from gan.web.links import Links

# Addresses that belong to nobody (RFC 5737, RFC 3849): the way to them is the way out of this machine.
FAR = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
HERE = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a port in use is known before anything is started.

    Raises
    ------
    InputError
        Where that host or port cannot be had.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise InputError(f"port {port} is in use: end the program that has it, or choose another --port") from None
        raise InputError(f"cannot listen on host {host!r}, port {port}: {error}") from None


def is_for_others(listening: socket.socket) -> bool:
    """Whether other machines can reach it."""
    return not ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def address_of(host: str, listening: socket.socket) -> str:
    """The address to open, by others too where they can reach it: that of `host`, unless that is every address."""
    if host in EVERY_ADDRESS:
        host = outward(listening.family)
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/"


def outward(family: socket.AddressFamily) -> str:
    """The address by which the network knows this machine; nothing is sent to find it. Without a network, its own."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((FAR[family], 9))
            return str(probe.getsockname()[0])
    except OSError:
        return HERE[family]


def announcement(address: str, links: Links | None, reached: bool, data: str, few: int | None) -> list[str]:
    """The lines that are printed once the server listens.

    Parameters
    ----------
    address : str
    links : Links or None
    reached : bool
        Whether others can reach it.
    data : str
        Name of what it trains on.
    few : int or None
        How many pages can be open at one time, where the system allows no more.
    """
    end = f"Data: {data}. Ctrl-C ends."
    more = [f"At most {few} pages at one time, for the system lets few files be open: ulimit -n 2048."] if few else []
    if links is not None:
        return [
            f"Open {address}?token={links.drive} to drive: train, stop, reset.",
            f"Give {address}?token={links.watch} to who may watch: look, and write numbers.",
            "A browser is one or the other: try the second in another one, or in a private window.",
            end,
            *more,
        ]
    open_to_all = [f"Whoever can reach {address} may train, stop and reset every run: no token is asked for."]
    return [f"Open {address} in a browser. {end}", *(open_to_all if reached else []), *more]
