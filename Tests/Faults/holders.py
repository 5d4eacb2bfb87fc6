"""Which of some processes holds the migration lock of a project's database, at this moment."""

import os
from pathlib import Path

HOLDER = """
SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Holders:
    """Looks, over one connection that stays open: among many processes a new one would take longer than
    any of them holds the lock."""

    def __init__(self, project):
        self.project = project
        self.client = None if project.engine == "sqlite" else project.client("SELECT 1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.client:
            self.client.communicate("\\q\n")

    def among(self, processes):
        """One of `processes`, or None where the lock is free or has just changed hands."""
        if self.client is None:
            lock = self.project.folder / f"{self.project.url.removeprefix('sqlite:')}.apus-lock"
            words = lock.read_text().split() if lock.exists() else []
            number = int(words[1]) if words[:1] == ["pid"] else None
            return next((p for p in processes if p.pid == number), None)
        port = self.ask()
        socket = port and socket_at(int(port[0]))
        return next((p for p in processes if socket and socket in sockets(p.pid)), None)

    def ask(self):
        self.client.stdin.write(f"{HOLDER.strip()};\n\\echo done\n")
        self.client.stdin.flush()
        lines = []
        while (line := self.client.stdout.readline()) != "done\n":
            assert line, self.client.communicate()
            lines.append(line.strip())
        return lines


def socket_at(port):
    """The kernel's number for the connected socket that has this local port."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        cells = line.split()
        if int(cells[1].split(":")[1], 16) == port and cells[9] != "0":
            return f"socket:[{cells[9]}]"
    return None


def sockets(pid):
    """What a process has open; nothing where it has just ended."""
    found = set()
    try:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found.add(os.readlink(file))
            except OSError:
                pass
    except OSError:
        pass
    return found
