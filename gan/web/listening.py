"""Where the server listens, who can reach it there, and the address that they open."""

import errno
import ipaddress
import socket

from gan.errors import InputError
from gan.web.guard import EVERY_ADDRESS

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
