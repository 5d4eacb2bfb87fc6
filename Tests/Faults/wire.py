"""A proxy that reads PostgreSQL's protocol (version 3) message by message, and fails at one of them.

A *point* is a message, counted from 0 over all connections of one run and both directions, in the
order in which they reach the proxy. A fault at point k happens before message k is passed on, so that
the points are all the boundaries between messages.
"""

import asyncio
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


@dataclass(frozen=True)
class Message:
    """One protocol message: who sent it, over which connection of the run, and its type."""

    sender: str
    connection: int
    kind: str
    size: int
    #: The begin of a query's text, for people who read a failure.
    text: str = ""

    def __str__(self):
        text = f" {self.text!r}" if self.text else ""
        return f"{self.sender}'s {self.kind}{text} on connection {self.connection}"


@dataclass
class Fault:
    """What happens before the message `point` is passed on."""

    point: int | None = None
    #: `cut`: both ends are closed. `half`: so they are, behind a half of the message. `reset`: the
    #: client gets a reset. `stall`: nothing is passed on any more, and nobody is told.
    kind: str = "cut"
    #: Seconds for which new connections are refused (closed at once); None: from then on.
    outage: float | None = 0
    #: Whether a stall catches new connections too.
    stalls_all: bool = False
    struck: Message | None = field(default=None, init=False)

    @property
    def is_lasting(self):
        """Whether the server cannot be asked for as long as anybody may wait."""
        return self.outage is None or self.stalls_all


class Proxy:
    """Listens on a port of its own; one fault at a time."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.port = None
        self.messages = []
        self.fault = Fault()
        self._connections = {}
        self._count = 0
        self._is_stalling = False
        self._is_out = False
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    # From the test's thread

    def __enter__(self):
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_):
        self.arm(Fault())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def arm(self, fault):
        """Ends all connections, forgets what was counted, and waits with this fault."""
        asyncio.run_coroutine_threadsafe(self._arm(fault), self._loop).result(30)
        return fault

    @contextmanager
    def failing(self, fault):
        """The fault is over, and the connections that it left are closed, when the block ends."""
        self.arm(fault)
        try:
            yield fault
        finally:
            self.arm(Fault())

    @property
    def connections(self):
        """How many were asked for since the last fault was armed."""
        return self._count

    # In the loop's thread

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256))
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _arm(self, fault):
        self._end_all()
        while self._connections:
            await asyncio.sleep(0.005)
        self.messages = []
        self.fault = fault
        self._count = 0
        self._is_stalling = self._is_out = False

    async def _serve(self, client_reader, client_writer):
        number = self._count
        self._count += 1
        fault = self.fault
        if self._is_out:
            client_writer.close()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(
                "127.0.0.1", self.server_port)
        except OSError:
            client_writer.close()
            return
        plain = []
        pumps = [
            asyncio.ensure_future(
                self._pump("the client", number, from_client(client_reader, plain), server_writer)),
            asyncio.ensure_future(
                self._pump("the server", number, from_server(server_reader, plain), client_writer)),
        ]
        self._connections[number] = pumps
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if fault.kind == "reset" and fault.struck is not None:
                client_writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            for writer in (client_writer, server_writer):
                writer.close()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._connections.pop(number, None)

    async def _pump(self, sender, number, messages, writer):
        try:
            async for kind, data, text in messages:
                message = Message(sender, number, kind, len(data), text)
                fault = self.fault
                point = len(self.messages)
                self.messages.append(message)
                if point == fault.point:
                    fault.struck = message
                    if fault.kind == "stall":
                        self._is_stalling = True
                    else:
                        if fault.kind == "half":
                            writer.write(data[: max(1, len(data) // 2)])
                            await writer.drain()
                        self._begin_outage(fault)
                        return
                if self._swallows(number):
                    break
                writer.write(data)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        if self._swallows(number):
            # An end is not passed on either: each side goes on believing in the other.
            await asyncio.Event().wait()

    def _swallows(self, number):
        return self._is_stalling and (
            self.fault.stalls_all or number == self.fault.struck.connection)

    def _begin_outage(self, fault):
        if fault.outage == 0:
            return
        self._is_out = True
        self._end_all()
        if fault.outage is not None:
            self._loop.call_later(fault.outage, self._end_outage, fault)

    def _end_all(self):
        for pumps in self._connections.values():
            for pump in pumps:
                pump.cancel()

    def _end_outage(self, fault):
        if self.fault is fault:
            self._is_out = False


async def from_client(reader, plain):
    """The client's messages as (type, bytes, text). The first ones have no type byte; `plain` gets an
    entry for each to which the server answers one byte that is no message."""
    while True:
        head = await reader.readexactly(4)
        (length,) = struct.unpack("!i", head)
        body = await reader.readexactly(length - 4)
        (code,) = struct.unpack("!i", body[:4])
        if code in (SSL_REQUEST, GSS_REQUEST):
            plain.append(code)
            yield "SSLRequest" if code == SSL_REQUEST else "GSSENCRequest", head + body, ""
            continue
        yield "CancelRequest" if code == CANCEL_REQUEST else "StartupMessage", head + body, ""
        break
    while True:
        head = await reader.readexactly(5)
        body = await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)
        text = body[:200].decode(errors="replace").strip("\0") if head[:1] in b"QP" else ""
        yield head[:1].decode(), head + body, text


async def from_server(reader, plain):
    """The server's messages as (type, bytes, text)."""
    while True:
        kind = await reader.readexactly(1)
        if plain:
            plain.pop()
            yield "answer to the request for encryption", kind, ""
            continue
        length = await reader.readexactly(4)
        body = await reader.readexactly(struct.unpack("!i", length)[0] - 4)
        text = body.rstrip(b"\0").decode(errors="replace") if kind == b"C" else ""
        yield kind.decode(), kind + length + body, text
