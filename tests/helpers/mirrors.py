"""A local server that serves files and can simulate faults."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror:
    """A server on 127.0.0.1 that serves `files` with the requested faults."""

    def __init__(
        self,
        files: dict[str, bytes],
        *,
        ranges: bool = True,  # answer a Range header with 206; if false, ignore the header
        shift: int = 0,  # start ranges this many bytes too late
        status: int = 0,  # always answer with this status
        stop_after: int | None = None,  # close the connection after this many bytes of a body
        stall: bool = False,  # after stop_after bytes, keep the connection open and send nothing more
        length: bool = True,  # send a Content-Length header
    ) -> None:
        self.files, self.ranges, self.shift, self.status = files, ranges, shift, status
        self.stop_after, self.stall, self.length = stop_after, stall, length
        self.requests: list[tuple[str, str | None]] = []  # (file name, Range header)
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
        name, requested = handler.path.removeprefix("/mnist/"), handler.headers["Range"]
        self.requests.append((name, requested))
        body, status, start = self.files.get(name, b""), self.status or 200, 0
        if requested and self.ranges and not self.status:
            start = int(re.fullmatch(r"bytes=(\d+)-", requested)[1]) + self.shift  # type: ignore[index]
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
