"""A writer without a process: it draws in this one. For the server's tests."""

from gan.web import writer
from gan.web.writer import Order


class FakeWriter:
    """Has the methods of `gan.web.writer.Writer`."""

    def start(self) -> None:
        pass

    def draw(self, order: Order) -> bytes:
        return writer.draw(order)

    def stop(self) -> None:
        pass
