"""A server on this machine that hands out files, with the faults a test asks for."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror:
    """A server on 127.0.0.1 that serves `files`, with its faults."""

    def __init__(
        self,
        files: dict[str, bytes],
        *,
        ranges: bool = True,  # answers a Range with 206; else it ignores it
        shift: int = 0,  # answers with a range that begins that much later than asked for
        status: int = 0,  # answers nothing but this
        stop_after: int | None = None,  # bytes of each body after which it hangs up...
        stall: bool = False,  # ...or falls silent
        length: bool = True,  # tells the Content-Length
    ) -> None:
        self.files, self.ranges, self.shift, self.status = files, ranges, shift, status
        self.stop_after, self.stall, self.length = stop_after, stall, length
        self.requests: list[tuple[str, str | None]] = []  # (file name, Range)
        self.over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:
                self.answer(handler)

            def log_message(handler, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/mnist/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name, wish = handler.path.removeprefix("/mnist/"), handler.headers["Range"]
        self.requests.append((name, wish))
        body, status, start = self.files.get(name, b""), self.status or 200, 0
        if wish and self.ranges and not self.status:
            start = int(re.fullmatch(r"bytes=(\d+)-", wish)[1]) + self.shift  # type: ignore[index]
            status = 206 if start < len(body) else 416
        handler.send_response(status)
        if status == 206:
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        rest = b"" if status >= 400 else body[start:]
        if self.length:
            handler.send_header("Content-Length", str(len(rest)))
        handler.end_headers()
        handler.wfile.write(rest[: self.stop_after])
        if self.stall:
            self.over.wait()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
