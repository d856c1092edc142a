"""Run the web server from the command line: `server.py`.

The application is in gan/web/app.py.
"""

import gan.cli.one_blas_thread

import argparse
import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress

from aiohttp import web

from gan.cli.command_line import (
    CORES,
    DATA_HELP,
    Parser,
    exit_code,
    program,
    some_path,
    whole,
)
from gan.web.app import MAX_DEFAULT_WRITERS, READING, ServerConfig, init_app
from gan.web.app_keys import REAL_DIGITS
from gan.web.http import listening
from gan.web.http.access_tokens import AccessTokens

PORTS = {"http": 80, "https": 443}  # which browsers leave out of an origin
ORIGIN = re.compile(r"(https?)://([a-z0-9][a-z0-9._-]*)(?::([0-9]{1,5}))?/?", re.ASCII)
CLOSING_SECONDS = 3.0  # time that open requests have to finish when the server stops


def main(arguments: Sequence[str] | None = None) -> int:
    return exit_code("server.py", lambda: serve(read_arguments(arguments)))


def serve(config: ServerConfig) -> None:
    """Listen, print the address to open, and serve until a signal ends the program.

    Raise InputError if the server cannot start.
    """
    with listening.listen(config.host, config.port) as socket:
        public = config.public_url
        # Behind a proxy, every client is local.
        reached = public is not None or listening.is_reachable_by_others(socket)
        links = None
        if reached and config.token:
            port = socket.getsockname()[1]
            links = AccessTokens.new(port, (public or "").startswith("https"))
        app = init_app(config, links)
        address = listening.address_of(config.host, socket, public)
        data = app[REAL_DIGITS].data
        lines = listening.announcement(address, links, reached, data.name)

        async def announce(app: web.Application) -> None:
            print(*lines, *data.notes, sep="\n", flush=True)

        app.on_startup.append(announce)
        with suppress(KeyboardInterrupt):
            asyncio.run(
                listening.serve_until_signal(app, socket, CLOSING_SECONDS, **READING)
            )


def origin(text: str) -> str:
    """Parse the address of a proxy, and return it as browsers write an Origin."""
    found = ORIGIN.fullmatch(text.lower())
    port = int(found[3] or PORTS[found[1]]) if found else 0
    if not found or not 0 < port < 65536:
        raise argparse.ArgumentTypeError(
            f"expected an address such as https://digits.example, received {text}; "
            "give http or https and no path; write an international name as xn--..."
        )
    ending = "" if port == PORTS[found[1]] else f":{port}"
    return f"{found[1]}://{found[2]}{ending}"


def read_arguments(arguments: Sequence[str] | None) -> ServerConfig:
    """Parse `arguments`, or the command line if they are None.

    Raise InputError for an invalid value.
    """
    parser = Parser(
        program("server.py"),
        description="Train a GAN on handwritten digits in the browser.",
        argument_default=argparse.SUPPRESS,  # ServerConfig has the defaults
    )
    parser.add_argument(
        "--port",
        type=whole(0, 65535),
        help="port (default 8007); 0 chooses a free one",
    )
    parser.add_argument(
        "--host",
        help="address (default 127.0.0.1: this machine only); with others, the server"
        " prints links to drive and to watch",
    )
    parser.add_argument(
        "--public-url",
        type=origin,
        metavar="URL",
        help="address of a proxy before the server, such as https://digits.example; the"
        " server then prints links with it",
    )
    parser.add_argument(
        "--no-token",
        action="store_false",
        dest="token",
        help="require no links: anyone who can reach the server may train, stop and"
        " reset every run",
    )
    parser.add_argument(
        "--runs",
        type=some_path,
        help="folder of training runs (default: runs)",
    )
    parser.add_argument("--data", type=some_path, help=DATA_HELP)
    parser.add_argument(
        "--recorded",
        type=some_path,
        metavar="DIR",
        help="recorded run to show until you have your own (default: the shipped one);"
        " none if the folder is missing",
    )
    parser.add_argument(
        "--cores",
        type=CORES,
        help="cores of the live run, on Linux (default: all but one, which draws the"
        " pages; elsewhere 1)",
    )
    parser.add_argument(
        "--writers",
        type=whole(1, 64),
        metavar="N",
        help="processes that write numbers (default: half the cores, at most"
        f" {MAX_DEFAULT_WRITERS})",
    )
    return ServerConfig(**vars(parser.parse_args(arguments)))
