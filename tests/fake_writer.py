"""A writer without a process: it draws in this one. For the server's tests."""

from gan.web.services import writer_process
from gan.web.services.writer_process import Order


class FakeWriter:
    """Has the methods of `gan.web.services.writer_process.Writer`."""

    def start(self) -> None:
        pass

    def draw(self, order: Order) -> bytes:
        return writer_process.draw(order)

    def stop(self) -> None:
        pass
