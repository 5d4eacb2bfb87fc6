"""The figures of the core, measured side by side in one run: medians, and ratios taken in pairs.

    scripts/bench            builds a release and runs this
    python3 core.py --quick  smaller work, to see that it runs

Needs DATABASE_URL-like addresses in APUS_TEST_POSTGRES_15 (scripts/postgres-up prints them) and the
executables in APUS_BENCH_EXECUTABLE and APUS_BENCH_PLANNER. Prints a table; `--write FILE` also writes it.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

EXECUTABLE = os.environ["APUS_BENCH_EXECUTABLE"]
SERVER = os.environ["APUS_TEST_POSTGRES_15"]
PLANNER = os.environ["APUS_BENCH_PLANNER"]
# Of the server's own version: an older one refuses, a newer one may be slower.
DUMP = str(Path(os.environ["APUS_TEST_POSTGRES_15_BIN"]) / "pg_dump")
# Only the superuser may drop a database that autovacuum is at work in.
SUPERUSER = os.environ["APUS_TEST_POSTGRES_15_SUPERUSER"]


def run(command, cwd=None, **environment):
    """Seconds that a command takes as a whole process; fails where the command fails."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return seconds, done.stdout


class Database:
    """A new PostgreSQL database for as long as a `with` block lasts."""

    def __init__(self, server=SERVER, superuser=SUPERUSER):
        self.server, self.superuser = server, superuser

    def __enter__(self):
        self.name = f"bench_{uuid.uuid4().hex[:12]}"
        psql(self.server, f'CREATE DATABASE "{self.name}"')
        self.url = urlunsplit(urlsplit(self.server)._replace(path=f"/{self.name}"))
        return self.url

    def __exit__(self, *_):
        psql(self.superuser, f'DROP DATABASE "{self.name}" WITH (FORCE)')


def psql(url, sql):
    return run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])


def small_migrations(folder, count):
    """W2: a table of six columns, an index, a column added; the down drops it."""
    migrations = Path(folder) / "migrations"
    migrations.mkdir()
    limit = Path(folder) / "limit.sql"
    with limit.open("w") as script:
        script.write("CREATE TABLE tracking (id text PRIMARY KEY, at timestamptz DEFAULT now());\n")
        for number in range(1, count + 1):
            up = (f"CREATE TABLE t{number} (id bigint PRIMARY KEY, a text, b text, c integer, "
                  f"d timestamptz, e boolean);\nCREATE INDEX t{number}_a ON t{number} (a);\n"
                  f"ALTER TABLE t{number} ADD COLUMN f text;")
            minute, second = divmod(number, 60)
            hour, minute = divmod(minute, 60)
            name = f"20250101_{hour:02d}{minute:02d}{second:02d}_1.0.{number}_t{number}"
            (migrations / f"{name}.sql").write_text(
                f"-- Up Migration\n{up}\n-- Down Migration (Rollback)\nDROP TABLE t{number};\n")
            script.write(f"BEGIN;\n{up}\nINSERT INTO tracking (id) VALUES ('{name}');\nCOMMIT;\n")
    return limit


def pairs(first, second, rounds):
    """Both in turns; seconds of each, after one round that does not count."""
    ours, theirs = [], []
    for number in range(rounds + 1):
        a, b = first(), second()
        if number:
            ours.append(a)
            theirs.append(b)
    return ours, theirs


def spread(values):
    return f"{statistics.median(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def ratio(ours, theirs):
    return f"{statistics.median(a / b for a, b in zip(ours, theirs)):.2f}"


def start_up(rounds):
    ours, theirs = pairs(lambda: run([EXECUTABLE, "--version"])[0],
                         lambda: run(["psql", "--version"])[0], rounds)
    return ["`apus --version`, s", spread(ours), "`psql --version`", spread(theirs),
            ratio(ours, theirs), "≤ 0.040 s"]


def status_and_apply(count, rounds):
    with tempfile.TemporaryDirectory() as folder:
        limit = small_migrations(folder, count)

        def apus():
            with Database() as url:
                seconds, _ = run([EXECUTABLE, "migrate", "--no-backup", "-q"], folder,
                                 DATABASE_URL=url)
                applied = psql(url, "SELECT count(*) FROM apus.migrations")[1].strip()
                tables = psql(url, "SELECT count(*) FROM pg_tables WHERE tablename ~ '^t[0-9]'")[1]
                assert (applied, tables.strip()) == (str(count), str(count))
                return seconds

        def reference():
            with Database() as url:
                seconds, _ = run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f",
                                  str(limit)])
                assert psql(url, "SELECT count(*) FROM tracking")[1].strip() == str(count)
                return seconds

        ours, theirs = pairs(apus, reference, max(3, rounds // 4))
        apply = [f"{count} small migrations, PostgreSQL, s", spread(ours),
                 "psql, a transaction and a row each", spread(theirs), ratio(ours, theirs), "≤ 1.3"]
        with Database() as url:
            run([EXECUTABLE, "migrate", "--no-backup", "-q"], folder, DATABASE_URL=url)
            ours, theirs = pairs(
                lambda: run([EXECUTABLE, "status"], folder, DATABASE_URL=url)[0],
                lambda: psql(url, "SELECT count(*) FROM apus.migrations")[0], rounds)
            status = [f"`status`, {count} applied, s", spread(ours), "`psql -c 'select count(*)'`",
                      spread(theirs), ratio(ours, theirs), "≤ 3"]
            ours, theirs = pairs(
                lambda: run([EXECUTABLE, "schema", "show", "--json"], folder, DATABASE_URL=url)[0],
                lambda: run([DUMP, "--schema-only", "-f", os.devnull, url])[0], rounds)
            snapshot = [f"schema snapshot, {count} tables, s", spread(ours),
                        "`pg_dump --schema-only`", spread(theirs), ratio(ours, theirs), "≤ 2"]
        return [status, apply, snapshot]


def memory(megabytes):
    """The most anonymous memory that a run over one large file takes: RssAnon, every 10 ms."""
    with tempfile.TemporaryDirectory() as folder:
        migrations = Path(folder) / "migrations"
        migrations.mkdir()
        row = "INSERT INTO big VALUES ('" + "x" * 980 + "');\n"
        with (migrations / "20250101_000000_1.0.0_big.sql").open("w") as file:
            file.write("-- Up Migration\nCREATE TABLE big (text TEXT);\n")
            for _ in range(megabytes * 1_000_000 // len(row)):
                file.write(row)
            file.write("-- Down Migration (Rollback)\nDROP TABLE big;\n")
        process = subprocess.Popen(
            [EXECUTABLE, "migrate", "--no-backup", "-q"], cwd=folder, stdout=subprocess.DEVNULL,
            env={**os.environ, "DATABASE_URL": "sqlite:big.db"})
        peak = 0
        while process.poll() is None:
            try:
                for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                    if line.startswith("RssAnon:"):
                        peak = max(peak, int(line.split()[1]))
            except (FileNotFoundError, ProcessLookupError):
                break
            time.sleep(0.01)
        if process.wait() != 0:
            sys.exit("the large migration failed")
        return [f"memory beyond the mapped file, {megabytes} MB migration, MiB",
                f"{peak / 1024:.0f}", "", "", "", "< 100"]


def planner(count, rounds):
    """The pure planner, without files and database; beside it the same with half as many."""
    names = {"all": "apply all", "none": "nothing pending", "last": "apply the last",
             "undo": "undo half"}

    def measure(count):
        lines = run([PLANNER, str(count), str(rounds)])[1].splitlines()
        figures = [line.split() for line in lines]
        return {name: (int(edges), [float(value) for value in values])
                for name, edges, *values in figures}

    whole, half = measure(count), measure(count // 2)
    assert set(whole) == set(half) == set(names)
    return [[f"planner, {count} migrations, {edges} dependencies, {names[name]}, s", spread(values),
             f"the same with {count // 2}", spread(half[name][1]), ratio(values, half[name][1]),
             "≤ 0.100 s"] for name, (edges, values) in whole.items()]


def analytics(count, rounds):
    """The journal of many runs of a hundred migrations, worked out by the whole process."""
    with tempfile.TemporaryDirectory() as folder, Database() as url:
        small_migrations(folder, 1)
        run([EXECUTABLE, "migrate", "--no-backup", "-q"], folder, DATABASE_URL=url)
        psql(url, f"""
            INSERT INTO apus.runs (kind, status, summary, plan_digest, steps, started_at, ended_at,
                started_by, database_user, tool_version)
            SELECT 'migrate', 'succeeded', '', repeat('0', 64), 100, now() + n * interval '1 min',
                now() + n * interval '1 min' + interval '1 s', 'ana@laptop', 'ana', '0'
            FROM generate_series(1, {count // 100}) n;
            INSERT INTO apus.journal (run, migration, direction, status, statements_done,
                statement_count, meaning, started_at, duration_us)
            SELECT r.id, '20250101_000000_1.' || m || '.0_m', 'up', 'done', 1, 1, repeat('0', 64), r.started_at,
                1000 + m * r.id % 977 FROM apus.runs r, generate_series(1, 100) m WHERE r.id > 1;
            ANALYZE apus.runs, apus.journal""")
        listed = psql(url, "SELECT count(*) FROM apus.journal")[1].strip()
        assert int(listed) == count // 100 * 100 + 1, listed
        alone = """
            SELECT migration, direction, count(*), max(duration_us),
                percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_us)
            FROM apus.journal WHERE status = 'done' GROUP BY migration, direction ORDER BY 5 DESC"""
        ours, theirs = pairs(
            lambda: run([EXECUTABLE, "analytics", "-q"], folder, DATABASE_URL=url)[0],
            lambda: psql(url, alone)[0], rounds)
        return [f"`analytics`, {count} journal rows, s", spread(ours),
                "medians alone, by `psql`", spread(theirs), ratio(ours, theirs), "≤ 0.300 s"]


def table(rows, rounds):
    """The rows under a line that says where and how they were taken."""
    head = ["work", "apus", "beside it", "", "ratio", "wanted"]
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---"] * 6, *rows]]
    server = psql(SERVER, "SHOW server_version")[1].strip()
    return "\n".join([
        f"Taken {date.today()} on {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()} {platform.release()}, PostgreSQL {server} on loopback, fsync on. "
        f"Medians (lowest–highest) of {rounds} rounds, side by side; ratios are medians of pairs.",
        "", *lines, ""])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    options = parser.parse_args()
    rounds = 4 if options.quick else 20
    rows = [start_up(rounds)]
    rows += status_and_apply(100 if options.quick else 1000, rounds)
    rows += planner(1_000 if options.quick else 10_000, rounds)
    rows.append(analytics(1_000 if options.quick else 100_000, rounds))
    rows.append(memory(20 if options.quick else 500))
    text = table(rows, rounds)
    print(text)
    if options.write:
        Path(options.write).write_text(f"# Results\n\n{text}")


if __name__ == "__main__":
    main()
