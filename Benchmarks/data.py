"""The figures of data migrations on PostgreSQL: a fill in batches beside one UPDATE, what readers notice of both, and the
rehearsal of the example from 1.0.0 to 2.0.0 with many rows.

    scripts/bench data       builds a release and runs this
    python3 data.py --quick  smaller work, to see that it runs

Needs what core.py needs, and `pgbench` of the server's version. `--fill` or `--rehearsal` measures that alone. Prints a
table; `--write FILE` also writes it.
"""

import argparse
import contextlib
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from core import EXECUTABLE, SERVER, SUPERUSER, Database, psql, ratio, run, spread, table

EXAMPLE = Path(__file__).resolve().parents[1] / "Examples/GuestRegistration"
PGBENCH = str(Path(os.environ["APUS_TEST_POSTGRES_15_BIN"]) / "pgbench")
#: Requests of all readers in a second: less than one core's work.
RATE = 200

GUESTS = """
CREATE TABLE guests (id bigint PRIMARY KEY, registration_id bigint NOT NULL, given_names text NOT NULL, family_name text
    NOT NULL, birth_date date NOT NULL, country text NOT NULL, email text, created_at timestamptz NOT NULL, locale text);
INSERT INTO guests SELECT i, i / 3, 'Given ' || i % 977, 'Family ' || i % 7919, date '1940-01-01' + (i % 25000)::integer,
    (ARRAY['SI', 'AT', 'DE', 'IT', 'HR', 'FR', 'GB', 'NL'])[1 + i % 8], 'guest' || i || '@example.org',
    timestamptz '2020-01-01' + i * interval '30 s' FROM generate_series(1, {rows}::bigint) AS i;
CREATE INDEX guests_registration_id_idx ON guests (registration_id);
"""
SET = "UPDATE guests SET locale = lower(country)"


class Copy:
    """A database made from another one, for as long as a `with` block lasts."""

    def __init__(self, template):
        self.template = urlsplit(template).path[1:]

    def __enter__(self):
        self.name = f"bench_{uuid.uuid4().hex[:12]}"
        # As the superuser, because autovacuum may be at work in the template.
        psql(SUPERUSER, f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}" STRATEGY file_copy '
             f"OWNER {urlsplit(SERVER).username}")
        psql(SUPERUSER, "CHECKPOINT")
        return urlunsplit(urlsplit(SERVER)._replace(path=f"/{self.name}"))

    def __exit__(self, *_):
        psql(SUPERUSER, f'DROP DATABASE "{self.name}" WITH (FORCE)')


@contextlib.contextmanager
def apart():
    """All processes of the server on the last processor, but for the readers, who have the first one: what they then
    wait for is the database, and not a processor that somebody else is using."""
    first, last = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    if first == last:
        sys.exit("the readers cannot have a processor of their own: there is only one")

    def processes():
        listed = [int(line) for line in psql(SUPERUSER, "SELECT pid FROM pg_stat_activity")[1].split()]
        alive = [pid for pid in listed if Path(f"/proc/{pid}/stat").exists()]
        # What stands behind the name in parentheses: the state, and who began it.
        parent = int(Path(f"/proc/{alive[0]}/stat").read_text().rpartition(")")[2].split()[1])
        return [parent, *alive]

    def pin(processors):
        for process in processes():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(process, processors)

    everywhere = os.sched_getaffinity(0)
    pin({last})
    try:
        yield first
    finally:
        pin(everywhere)


class Readers:
    """Connections that ask for one guest at a time, at a steady rate, whatever the answers before took; on a processor
    of their own, where one is given.

    A request that has to wait for its turn counts from when it was due: what is slow is not left out.
    """

    def __init__(self, url, rows, processor=None):
        self.folder = tempfile.TemporaryDirectory()
        script = Path(self.folder.name) / "read.sql"
        script.write_text(f"\\set id random(1, {rows})\nSELECT locale, email FROM guests WHERE id = :id;\n")
        self.process = subprocess.Popen(
            [PGBENCH, "-n", "-M", "prepared", "-c", "4", "-j", "1", "-R", str(RATE), "-T", "86400", "--log",
             f"--log-prefix={self.folder.name}/read", "-f", str(script), url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if processor is not None:
            os.sched_setaffinity(self.process.pid, {processor})
            self.pin(url, processor)

    def pin(self, url, processor):
        """The server's side of them, and the thread that asks."""
        pids = []
        while len(pids) < 4:
            time.sleep(0.1)
            pids = psql(url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'")[1].split()
        for pid in [*pids, *os.listdir(f"/proc/{self.process.pid}/task")]:
            os.sched_setaffinity(int(pid), {processor})

    def percentile(self):
        """Ends them; milliseconds within which 99 of 100 requests were answered."""
        # What its own clock would send when the time is over: it ends in order, and its log is whole.
        self.process.send_signal(signal.SIGALRM)
        output, _ = self.process.communicate(timeout=60)
        if self.process.returncode != 0:
            sys.exit(f"pgbench ended with {self.process.returncode}\n{output}")
        times = sorted(int(line.split()[2]) for log in Path(self.folder.name).glob("read.*[0-9]")
                       for line in log.read_text().splitlines())
        self.folder.cleanup()
        if len(times) < RATE:
            sys.exit(f"the readers asked only {len(times)} times")
        return times[math.ceil(len(times) * 0.99) - 1] / 1000


def at_rest(template, rows, seconds, processor=None):
    with Copy(template) as url:
        readers = Readers(url, rows, processor)
        time.sleep(seconds)
        return readers.percentile()


def at_work(template, rows, work, processor=None):
    """Seconds that the work takes while others read, and their percentile."""
    with Copy(template) as url:
        readers = Readers(url, rows, processor)
        time.sleep(0.5)
        seconds = work(url)
        if seconds < 2:
            time.sleep(2)
        percentile = readers.percentile()
        [missing] = psql(url, "SELECT count(*) FROM guests WHERE locale IS DISTINCT FROM lower(country)")[1].split()
        assert missing == "0", f"{missing} rows were not filled"
        return seconds, percentile


def computing(template, rows, seconds):
    """The readers' percentile while a session keeps one processor busy and touches nothing."""
    with Copy(template) as url:
        query = "SELECT count(*) FROM generate_series(1, 1000000000000) AS n WHERE sqrt(n) < 0"
        busy = subprocess.Popen(["psql", "-X", "-q", "-d", url, "-c", query], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        try:
            readers = Readers(url, rows)
            time.sleep(seconds)
            return readers.percentile()
        finally:
            psql(SUPERUSER, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 f"WHERE datname = '{urlsplit(url).path[1:]}'")
            busy.wait()


def fill(rows, rounds, rest):
    with Database() as template, tempfile.TemporaryDirectory() as folder:
        psql(template, GUESTS.format(rows=rows))
        psql(template, "VACUUM (FREEZE, ANALYZE) guests")

        migrations = Path(folder) / "migrations"
        migrations.mkdir()
        (migrations / "20250101_000000_1.0.0_fill.sql").write_text(
            "-- Up Migration\n-- apus: batch table=guests key=id\n"
            f"{SET} WHERE id BETWEEN :start AND :end AND locale IS NULL;\n"
            "-- Down Migration (Rollback)\nUPDATE guests SET locale = NULL WHERE locale IS NOT NULL;\n")
        run([EXECUTABLE, "baseline", "0.0.0", "-q"], folder, DATABASE_URL=template)

        def batches(url):
            return run([EXECUTABLE, "migrate", "--no-backup", "-q"], folder, DATABASE_URL=url)[0]

        def statement(url):
            return psql(url, SET)[0]

        found = []
        for _ in range(rounds):
            with apart() as processor:
                own = (at_rest(template, rows, rest, processor), at_work(template, rows, batches, processor)[1])
            found.append((
                *own, at_rest(template, rows, rest), *at_work(template, rows, batches),
                *at_work(template, rows, statement), computing(template, rows, rest)))
        own_quiet, own_readers, quiet, ours, our_readers, theirs, their_readers, floor = zip(*found)

    def readers(what, values, beside, wanted=""):
        return [f"readers' p99 {what}, ms", spread(values), "at rest", spread(beside), ratio(values, beside), wanted]

    return [
        [f"a fill in batches, {rows:,} rows, s", spread(ours), "one UPDATE", spread(theirs), ratio(ours, theirs), "≤ 1.5"],
        readers("during the fill, on a processor of their own", own_readers, own_quiet, "≤ 2"),
        readers("during the fill", our_readers, quiet, "≤ 2"),
        readers("during the one UPDATE", their_readers, quiet),
        readers("while a session only computes", floor, quiet)]


def rehearsal(rows, rounds, url):
    """The example with as many rows: a backup of 1.0.0, restored, and every migration up, down and up again."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "example"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("Server", "guest_registration.db*", "backups", ".env"))
        run([EXECUTABLE, "migrate", "1.0.0", "-q"], folder, DATABASE_URL=url)
        run([sys.executable, folder / "seed/generate.py", str(rows), url], folder)
        run([EXECUTABLE, "backup", "-q"], folder, DATABASE_URL=url)
        seconds = []
        for _ in range(rounds):
            took, output = run([EXECUTABLE, "test", "2.0.0", "--from", "latest"], folder, DATABASE_URL=url)
            assert " to 2.0.0 in " in output, output
            seconds.append(took)
        engine = "SQLite" if url.startswith("sqlite:") else "PostgreSQL"
        return [f"rehearsal of 1.0.0 → 2.0.0, {rows:,} rows, {engine}, s", spread(seconds), "", "", "", "≤ 180 s"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("--rehearsal", action="store_true")
    options = parser.parse_args()
    everything = options.fill == options.rehearsal
    rows = []
    rounds = 1 if options.quick else 2
    if options.fill or everything:
        rows += fill(20_000 if options.quick else 5_000_000, rounds, 2 if options.quick else 20)
    if options.rehearsal or everything:
        count = 2_000 if options.quick else 1_000_000
        rows.append(rehearsal(count, 1, "sqlite:guest_registration.db"))
        with Database() as url:
            rows.append(rehearsal(count, 1, url))
    text = table(rows, rounds)
    print(text)
    if options.write:
        Path(options.write).write_text(f"# Results of data migrations\n\n{text}")


if __name__ == "__main__":
    main()
