"""A local server that serves files and can simulate faults."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror:
    """A server on 127.0.0.1 that serves `files` with the requested faults."""

    def __init__(
        self,
        files: dict[str, bytes],
        *,
        status: int = 200,  # always answer with this status
        stop_after: int | None = None,  # close the connection after this many bytes of a body
        stall: bool = False,  # after stop_after bytes, keep the connection open and send nothing more
        length: bool = True,  # send a Content-Length header
    ) -> None:
        self.files, self.status = files, status
        self.stop_after, self.stall, self.length = stop_after, stall, length
        self.requests: list[str] = []  # file names
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
        name = handler.path.removeprefix("/mnist/")
        self.requests.append(name)
        body = self.files.get(name, b"")
        handler.send_response(self.status)
        if self.length:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.stop_after])
        if self.stall:
            self.over.wait()

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
