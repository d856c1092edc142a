"""WebKitGTK, which has Safari's engine, controlled over WebDriver."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.helpers import commands
from tests.helpers.browser_tab import SIZE, Tab, listening, running

SCREEN = "1400x1400x24"
# Return whether a page has begun. WebDriver tells nothing about the console, so list
# what the page reports, from then on, before its modules run.
BEGIN = {
    "args": [],
    "script": """
if (window.problems || location.href === "about:blank") return false;
window.problems = [];
const note = (...all) => window.problems.push(all.join(" "));
addEventListener("error", ({ message, target }) => note(message ?? target.src), true);
addEventListener("unhandledrejection", ({ reason }) => note(reason));
addEventListener("securitypolicyviolation", ({ blockedURI }) => note(blockedURI));
console.error = note;
console.warn = note;
return true;""",
}


class WebKit(Tab):
    def __init__(self, session: ClientSession, folder: Path) -> None:
        super().__init__(folder)
        self._session = session
        self._path = "/session"

    async def send(self, path: str, **body: Any) -> Any:
        """Send a command, and return its result."""
        done, answer = await self._post(path, body)
        assert done, answer
        return answer

    async def _post(self, path: str, body: dict[str, Any]) -> tuple[bool, Any]:
        async with self._session.post(self._path + path, json=body) as response:
            return response.status == 200, (await response.json())["value"]

    async def begin(self) -> None:
        """Open a window. Commands do not wait until a page is loaded."""
        capabilities = {
            "pageLoadStrategy": "none",
            "timeouts": {"script": 2 * commands.SECONDS * 1000},
        }
        made = await self.send("", capabilities={"alwaysMatch": capabilities})
        self._path += f"/{made['sessionId']}"
        width, height = SIZE
        await self.send("/window/rect", width=width, height=height)

    async def problems(self) -> list[str]:
        return self._problems + await self.evaluate("window.problems ?? []")

    async def go(self, address: str) -> None:
        self._problems = await self.problems()
        await self.send("/url", url=address)
        async with asyncio.timeout(commands.SECONDS):
            # the page that is left may be gone before it answers
            while await self._post("/execute/sync", BEGIN) != (True, True):
                pass
        await self.until("document.readyState === 'complete'")

    async def evaluate(self, expression: str) -> Any:
        return await self.send("/execute/sync", script=f"return {expression}", args=[])

    async def perform(self, actions: list[dict[str, Any]]) -> None:
        await self.send("/actions", actions=actions)


@asynccontextmanager
async def start_webkit(program: str, folder: Path) -> AsyncIterator[WebKit]:
    """Start WebKitGTK on a screen of its own, and yield its tab."""
    screen = ("-nolisten", "tcp", "-screen", "0", SCREEN, "-displayfd", "1")
    async with running("Xvfb", *screen, output=PIPE) as xvfb:
        assert xvfb.stdout
        display = f":{(await xvfb.stdout.readline()).decode().strip()}"
        async with (
            listening(program, "-p", DISPLAY=display, HOME=str(folder)) as address,
            ClientSession(f"http://{address}") as session,
        ):
            webkit = WebKit(session, folder)
            await webkit.begin()
            yield webkit  # without its screen, the window ends
