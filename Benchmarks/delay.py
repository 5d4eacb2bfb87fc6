"""A proxy on loopback that delivers every byte later: half of a round trip later each way.

    with Delay(address, milliseconds) as port: …

Two threads a direction: one takes what comes and marks its time, one delivers it when that time has come, so that
what follows closely is delayed once and not one after the other.
"""

import queue
import socket
import statistics
import threading
import time


class Delay:
    def __init__(self, address, milliseconds):
        self.address = address
        self.delay = milliseconds / 2000
        self.listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self.listener.getsockname()[1]

    def __exit__(self, *_):
        # Wakes the thread that waits in accept, which closing alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.address)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, target in ((client, server), (server, client)):
                line = queue.SimpleQueue()
                threading.Thread(target=self.take, args=(source, line), daemon=True).start()
                threading.Thread(target=self.deliver, args=(line, target), daemon=True).start()

    def take(self, source, line):
        while True:
            try:
                data = source.recv(1 << 16)
            except OSError:
                data = b""
            line.put((time.monotonic() + self.delay, data))
            if not data:
                return

    def deliver(self, line, target):
        while True:
            due, data = line.get()
            if (left := due - time.monotonic()) > 0:
                time.sleep(left)
            try:
                if not data:
                    target.shutdown(socket.SHUT_WR)
                    return
                target.sendall(data)
            except OSError:
                return


def measured(milliseconds, rounds=50):
    """The median time in milliseconds in which one byte comes back through the proxy."""
    echo = socket.create_server(("127.0.0.1", 0))

    def answer():
        peer, _ = echo.accept()
        with peer:
            while data := peer.recv(1):
                peer.sendall(data)

    threading.Thread(target=answer, daemon=True).start()
    with Delay(echo.getsockname(), milliseconds) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            client.sendall(b".")
            client.recv(1)
            times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    for wanted in (1, 5, 20, 80):
        print(f"{wanted} ms wanted, {measured(wanted):.2f} ms measured")
