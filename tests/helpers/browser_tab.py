"""What tests do in a tab of Firefox or of WebKitGTK."""

import asyncio
import os
import socket
from abc import ABC, abstractmethod
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.helpers import commands

SIZE = (820, 1180)  # of an iPad
UNTIL = """new Promise(done => {
  const start = performance.now();
  const check = () => {
    if (CONDITION) done(null);
    else if (performance.now() > start + LIMIT) done(document.body.innerText);
    else setTimeout(check, 50);
  };
  check();
})"""
MIDDLE = """(element => {
  element.scrollIntoView({ block: 'center' });
  const { x, y, width, height } = element.getBoundingClientRect();
  return [Math.round(x + width / 2), Math.round(y + height / 2)];
})(document.querySelector('SELECTOR'))"""


class Tab(ABC):
    """A tab of a browser that stores its profile and its downloads in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._problems: list[str] = []

    @abstractmethod
    async def problems(self) -> list[str]:
        """Return the errors and warnings of all pages so far."""

    @abstractmethod
    async def go(self, address: str) -> None:
        """Open a page, and wait until it is loaded."""

    @abstractmethod
    async def evaluate(self, expression: str) -> Any:
        """Return a value of the page, or what a promise of it resolves to."""

    @abstractmethod
    async def perform(self, actions: list[dict[str, Any]]) -> None:
        """Perform actions, which both protocols write alike."""

    async def open(self, address: str) -> None:
        """Open a page, and wait until its script is mounted."""
        await self.go(address)
        await self.until("!document.querySelector('[data-page]:not([data-mounted])')")

    async def until(self, condition: str) -> None:
        """Wait until an expression of the page is true."""
        limit = str(commands.SECONDS * 1000)
        script = UNTIL.replace("CONDITION", condition).replace("LIMIT", limit)
        text = await self.evaluate(script)
        assert text is None, f"expected {condition}, received the page: {text}"

    async def shows(self, name: str, pattern: str, kind: str = "show") -> None:
        """Wait until the text of the named part of the page matches the pattern."""
        part = f"document.querySelector('[data-{kind}={name}]')"
        await self.until(f"/{pattern}/.test({part}.textContent)")

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
        left, top = await self.evaluate(MIDDLE.replace("SELECTOR", selector))
        first, *others = (
            {"type": "pointerMove", "x": left + x, "y": top + y} for x, y in points
        )
        down = {"type": "pointerDown", "button": 0}
        up = {"type": "pointerUp", "button": 0}
        actions = [first, down, *others, up]
        await self.perform([{"type": "pointer", "id": "mouse", "actions": actions}])

    async def save(self, selector: str, name: str) -> bytes:
        """Press a link, and return the content of the file that it downloads."""
        await self.press(selector)

        def has_arrived() -> bool:
            return any(file.stat().st_size for file in self.folder.rglob(name))

        commands.wait_for(has_arrived, f"the download {name}")
        return next(self.folder.rglob(name)).read_bytes()


@asynccontextmanager
async def running(
    *command: str, variables: dict[str, str] | None = None, output: int = DEVNULL
) -> AsyncIterator[Process]:
    """Run a program with these environment variables, and kill it at the end."""
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | (variables or {}), stdout=output, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        await process.communicate()


@asynccontextmanager
async def listening(
    program: str, *options: str, **variables: str
) -> AsyncIterator[str]:
    """Run a program that listens on the port after its last option, and yield the
    address.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = free.getsockname()

    def is_listening() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(place) == 0

    command = (program, *options, str(place[1]))
    async with running(*command, variables=variables):
        commands.wait_for(is_listening, program)
        yield f"127.0.0.1:{place[1]}"
