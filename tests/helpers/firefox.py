"""Firefox without its window, controlled over WebDriver BiDi."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.helpers import commands
from tests.helpers.browser_tab import SIZE, Tab, listening


class Firefox(Tab):
    def __init__(self, socket: ClientWebSocketResponse, folder: Path) -> None:
        super().__init__(folder)
        self._socket = socket
        self._sent = 0
        self.context = ""

    async def send(self, method: str, **params: Any) -> Any:
        """Send a command, and return its result."""
        self._sent += 1
        await self._socket.send_json(
            {"id": self._sent, "method": method, "params": params}
        )
        while True:
            answer = await self._socket.receive_json(timeout=2 * commands.SECONDS)
            if answer.get("method") == "log.entryAdded" and answer["params"][
                "level"
            ] in ("error", "warn"):
                self._problems.append(answer["params"]["text"])
            if answer.get("id") == self._sent:
                assert answer["type"] == "success", answer
                return answer["result"]

    async def go(self, address: str) -> None:
        await self.send(
            "browsingContext.navigate",
            context=self.context,
            url=address,
            wait="complete",
        )

    async def problems(self) -> list[str]:
        await self.evaluate("0")  # the answer comes after earlier messages
        return self._problems

    async def evaluate(self, expression: str) -> Any:
        answer = await self.send(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", (expression, answer)
        return json.loads(answer["result"].get("value", "null"))

    async def perform(self, actions: list[dict[str, Any]]) -> None:
        await self.send("input.performActions", context=self.context, actions=actions)


@asynccontextmanager
async def start_firefox(program: str, folder: Path) -> AsyncIterator[Firefox]:
    """Start Firefox with an empty profile, and yield its tab."""
    home = str(folder)
    options = ("--headless", "--no-remote", "--profile", home)
    async with (
        listening(program, *options, "--remote-debugging-port", HOME=home) as address,
        ClientSession() as session,
        session.ws_connect(f"ws://{address}/session") as socket,
    ):
        firefox = Firefox(socket, folder)
        await firefox.send("session.new", capabilities={})
        await firefox.send("session.subscribe", events=["log.entryAdded"])
        [tab] = (await firefox.send("browsingContext.getTree"))["contexts"]
        firefox.context = tab["context"]
        width, height = SIZE
        await firefox.send(
            "browsingContext.setViewport",
            context=firefox.context,
            viewport={"width": width, "height": height},
        )
        yield firefox
