"""A host of files for tests of pages that need no server."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any


class QuietHost(http.server.SimpleHTTPRequestHandler):
    """Serves files and reports nothing. Browsers keep its scripts only."""

    silent = "/none"  # the end of a path to which there is no response

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":  # Chromium with a window asks for it
            self.send_response(204)
            self.end_headers()
        elif not self.path.endswith(self.silent):
            super().do_GET()

    def end_headers(self) -> None:
        is_script = self.path.endswith(".js")
        self.send_header("Cache-Control", "max-age=3600" if is_script else "no-store")
        super().end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def hosting_files(folder: Path) -> Iterator[str]:
    """Host the files of a folder, and yield the host's address."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(QuietHost, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
