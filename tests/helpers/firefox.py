"""Firefox without its window, controlled over WebDriver BiDi."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.helpers import commands

UNTIL = """new Promise(done => {
  const check = () => { if (CONDITION) done(); else setTimeout(check, 50); };
  check();
})"""


class Firefox:
    """The tab of a running Firefox."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._sent = 0
        self.tab = ""
        self.problems: list[str] = []  # errors and warnings in the console

    async def send(self, method: str, **params: Any) -> Any:
        """Send a command, and return its result."""
        self._sent += 1
        await self._socket.send_json(
            {"id": self._sent, "method": method, "params": params}
        )
        while True:
            answer = await self._socket.receive_json(timeout=commands.SECONDS)
            if answer.get("method") == "log.entryAdded" and answer["params"][
                "level"
            ] in ("error", "warn"):
                self.problems.append(answer["params"]["text"])
            if answer.get("id") == self._sent:
                assert answer["type"] == "success", answer
                return answer["result"]

    async def open(self, address: str) -> None:
        await self.send(
            "browsingContext.navigate", context=self.tab, url=address, wait="complete"
        )
        await self.until("document.querySelector('main[data-mounted]')")

    async def until(self, condition: str) -> None:
        """Wait until an expression of the page is true."""
        script = UNTIL.replace("CONDITION", condition)
        target = {"context": self.tab}
        answer = await self.send(
            "script.evaluate", expression=script, target=target, awaitPromise=True
        )
        assert answer["type"] == "success", (condition, answer)

    async def shows(self, name: str, pattern: str) -> None:
        """Wait until the text of the named part of the page matches the pattern."""
        await self.until(
            f"/{pattern}/.test(document.querySelector("
            f"'[data-show=\"{name}\"]').textContent)"
        )

    async def press(self, selector: str) -> None:
        """Wait until a button can be pressed, and click it."""
        button = f"document.querySelector('{selector}')"
        await self.until(
            f"{button}.checkVisibility() && !{button}.disabled && "
            f"{button}.ariaDisabled !== 'true'"
        )
        await self.drag(selector, [(0, 0)])

    async def drag(self, selector: str, points: list[tuple[int, int]]) -> None:
        """Press the mouse at the first point, move it to the others, and release it.
        (0, 0) is an element's middle.
        """
        await self.until(
            f"(document.querySelector('{selector}')"
            ".scrollIntoView({ block: 'center' }), true)"
        )
        locator = {"type": "css", "value": selector}
        found = await self.send(
            "browsingContext.locateNodes", context=self.tab, locator=locator
        )
        origin = {
            "type": "element",
            "element": {"sharedId": found["nodes"][0]["sharedId"]},
        }
        first, *others = (
            {"type": "pointerMove", "x": x, "y": y, "origin": origin} for x, y in points
        )
        actions = [
            first,
            {"type": "pointerDown", "button": 0},
            *others,
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        await self.send("input.performActions", context=self.tab, actions=[mouse])


@asynccontextmanager
async def start_firefox(program: str, profile: Path) -> AsyncIterator[Firefox]:
    """Start Firefox with an empty profile, and yield its tab."""
    command = (
        program,
        "--headless",
        "--no-remote",
        "--remote-debugging-port",
        "0",
        "--profile",
        str(profile),
    )
    environment = os.environ | {"HOME": str(profile)}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stderr=pipe, env=environment
    )
    assert process.stderr
    try:
        found = None
        while not found:
            line = await asyncio.wait_for(process.stderr.readline(), commands.SECONDS)
            assert line, "Firefox ended"
            found = re.search(rb"listening on (ws://\S+)", line)
        async with (
            ClientSession() as session,
            session.ws_connect(f"{found[1].decode()}/session") as socket,
        ):
            firefox = Firefox(socket)
            await firefox.send("session.new", capabilities={})
            await firefox.send("session.subscribe", events=["log.entryAdded"])
            firefox.tab = (await firefox.send("browsingContext.getTree"))["contexts"][
                0
            ]["context"]
            yield firefox
    finally:
        process.kill()
        await process.communicate()
