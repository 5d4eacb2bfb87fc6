"""Readers go on while a migration waits for its table: F24, F25.

A statement that waits for an exclusive lock makes every later reader queue behind it. So it waits for
a short time, gives up, and sleeps outside any transaction before it tries again.
"""

import json
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from CommandLine.conftest import clean_environment
from Faults.databases import VERSIONS, name_of, new_project

LOCK_TIMEOUT = 0.5
MARGIN = 0.1
#: How much of what other readers waited may be the machine's own, and not a fault.
NOISE = 0.2
READERS = 4
#: How often a round that was too slow is measured.
ATTEMPTS = 3

#: What the migration holds or waits for, while it says that it sleeps.
OURS = """
SELECT coalesce(a.state, '-'), a.xact_start IS NULL,
    (SELECT count(*) FROM pg_locks l WHERE l.pid = a.pid AND l.locktype <> 'advisory')
FROM pg_stat_activity a WHERE a.datname = current_database() AND a.application_name LIKE 'apus run %';
"""


class Client:
    """psql with an open pipe: asks and waits for the answer."""

    def __init__(self, url):
        self.process = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-d", url], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
            env=clean_environment())

    def ask(self, sql):
        """The lines that it answers."""
        self.process.stdin.write(f"{sql}\n\\echo -- end\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) != "-- end\n":
            assert line, "psql has ended"
            lines.append(line.rstrip("\n"))
        return lines

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)


class Reader(threading.Thread):
    """Reads a table again and again; its longest wait, in seconds."""

    def __init__(self, url, table):
        super().__init__()
        self.client = Client(url)
        self.table = table
        self.longest = 0.0
        self.reads = 0
        self.is_done = threading.Event()

    def run(self):
        with self.client:
            self.client.ask("SELECT 1;")
            while not self.is_done.is_set():
                start = time.monotonic()
                self.client.ask(f"SELECT count(*) FROM {self.table};")
                self.longest = max(self.longest, time.monotonic() - start)
                self.reads += 1
                time.sleep(0.01)


@contextmanager
def reading(url, table, count):
    readers = [Reader(url, table) for _ in range(count)]
    for reader in readers:
        reader.start()
    try:
        yield readers
    finally:
        for reader in readers:
            reader.is_done.set()
        for reader in readers:
            reader.join()


def stall(project, retries):
    """One migration that waits for a long reader; the longest waits of the readers of its table, and
    of those of another one, which show what this machine adds."""
    with (reading(project.url, "guests", READERS) as readers,
          reading(project.url, "bystanders", READERS) as others, Client(project.url) as long,
          Client(project.url) as observer):
        long.ask("BEGIN; SELECT count(*) FROM guests;")
        process = project.start(
            "migrate", "--no-backup", "--json-stream", "--lock-timeout", f"{LOCK_TIMEOUT * 1000:.0f}ms")
        told = 0
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] != "retrying":
                continue
            told += 1
            # It says that it sleeps now, for long enough to look.
            assert event["duration_seconds"] >= 0.25
            asleep = observer.ask(OURS)
            assert asleep == ["idle|t|0"], f"while it sleeps it has {asleep}"
            if told == retries:
                long.ask("COMMIT;")
        errors = process.stderr.read()
        assert process.wait(60) == 0, errors
        assert told >= retries
    assert all(reader.reads for reader in [*readers, *others]), "a reader never read"
    return max(r.longest for r in readers), max(r.longest for r in others)


@pytest.mark.parametrize("version", VERSIONS)
def test_f24_readers_wait_no_longer_than_the_lock_timeout(tmp_path, effort, figures, version):
    """F24, F25: and nothing is held while the migration sleeps."""
    with (figures.method("reader stall", name_of(f"postgres-{version}")) as figure,
          new_project(tmp_path, f"postgres-{version}") as project):
        project.query("CREATE TABLE guests (id integer); CREATE TABLE bystanders (id integer); "
                      "CREATE SCHEMA apus;")
        project.migration("20250101_000000_1.0.0_before", "SELECT 1;")
        project.apus("baseline", "1.0.0")
        longest = beyond = 0.0
        again = 0
        for number in effort.rounds(short=2, soak=100):
            for attempt in range(ATTEMPTS):
                version_number = f"1.{number + 1}.{attempt}"
                project.migration(
                    f"20250101_000001_{version_number}_column",
                    f"ALTER TABLE guests ADD COLUMN c{number}_{attempt} integer;",
                    f"ALTER TABLE guests DROP COLUMN c{number}_{attempt};")
                stalled, noise = stall(project, retries=3)
                if stalled <= LOCK_TIMEOUT + MARGIN + min(noise, NOISE):
                    break
                # A machine that stands still for a moment does so once; a fault does so each time.
                again += 1
            else:
                pytest.fail(f"round {number}: a reader waited {stalled:.3f} s, {noise:.3f} s elsewhere")
            longest = max(longest, stalled)
            beyond = max(beyond, stalled - min(noise, NOISE))
            figure.rounds += 1
            figure.points += READERS
        figure.outcome = (
            f"longest {longest * 1000:.0f} ms, {beyond * 1000:.0f} ms without the machine's own, of a "
            f"lock_timeout of {LOCK_TIMEOUT * 1000:.0f} ms; {again} measured again")
