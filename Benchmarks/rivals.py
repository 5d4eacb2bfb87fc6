"""Apus beside its rivals and beside the limit, in turns, in one run; and across a network.

    scripts/bench rivals       builds a release, installs the rivals and runs this
    python3 rivals.py --quick  smaller work, to see that it runs

Needs what core.py needs, and the rivals' programs in APUS_BENCH_RIVALS. Prints tables; `--write FILE` also writes
them, and a chart beside that file.
"""

import argparse
import contextlib
import os
import platform
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import works
from chart import chart
from core import SERVER, Database, psql
from delay import Delay, measured
from processes import PATIENCE, Failed, TookTooLong, timed
from tools import APUS, FLOORS, LIMIT, TOOLS

QUICK_ROUNDS, SLOW_ROUNDS = 3, 1


@contextlib.contextmanager
def fresh(engine):
    """A database with nothing in it: an address of PostgreSQL, or the path of a file that is not there yet."""
    if engine == "postgres":
        with Database() as url:
            yield url
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield str(Path(folder) / "bench.db")


def through(url, port):
    """The same database by way of a proxy."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))


class Figures:
    """What was measured: for each work and tool its times, or why there are none."""

    tools = TOOLS

    def __init__(self):
        self.times = {}
        self.peaks = {}
        self.misses = {}

    def add(self, work, tool, seconds, peak=None):
        self.times.setdefault((work, tool.name), []).append(seconds)
        if peak is not None:
            self.peaks.setdefault((work, tool.name), []).append(peak)

    def miss(self, work, tool, why):
        self.misses[work, tool.name] = why

    def median(self, work, tool):
        values = self.times.get((work, tool.name))
        return statistics.median(values) if values else None

    def ratio(self, work, tool, beside=LIMIT):
        """The median over rounds of its time beside the limit's in the same round."""
        ours, theirs = self.times.get((work, tool.name)), self.times.get((work, beside.name))
        if not ours or not theirs:
            return None
        return statistics.median(a / b for a, b in zip(ours, theirs))


@contextlib.contextmanager
def missing(figures, key, tool, patience=PATIENCE):
    """Notes why there is no figure, where what is done inside ends without one."""
    try:
        yield
    except TookTooLong:
        figures.miss(key, tool, f"> {patience:.0f} s")
    except Failed as failure:
        print(f"rivals: {key}: {failure}", file=sys.stderr)
        figures.miss(key, tool, "fails")


def measure(figures, engine, work, migrations, done, tools, rounds, then=None):
    """Every tool in turns, each round on a fresh database; `done` looks whether the work is done."""
    with contextlib.ExitStack() as stack:
        folders = {}
        for tool in tools:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            tool.write(folder, migrations, engine)
            folders[tool] = folder
        key = f"{work} {engine}"
        for number in range(max(rounds.values())):
            for tool in tools:
                if number >= rounds[tool] or (key, tool.name) in figures.misses:
                    continue
                with fresh(engine) as url, missing(figures, key, tool):
                    seconds, peak = timed(tool.migrate(engine, url), folders[tool], memory=True)
                    if not done(url):
                        raise Failed("ended well, and the work is not done")
                    figures.add(key, tool, seconds, peak)
                    if then:
                        then(tool, folders[tool], url)


def loopback(figures, engine, sizes, rounds):
    few, many, lines, steps = sizes
    tools = [tool for tool in TOOLS if engine in tool.engines]
    count = {tool: rounds if tool.is_quick else SLOW_ROUNDS for tool in tools}

    def undone(tool, folder, url):
        """W6, from where W1 ended."""
        key = f"W6 {engine}"
        with missing(figures, key, tool):
            seconds, _ = timed(tool.rollback(engine, url, few), folder)
            if works.tables(engine, url) != 0:
                raise Failed("rolled back, and tables are left")
            figures.add(key, tool, seconds)

    def nothing_to_do(tool, folder, url):
        """W4, from where W2 ended: each figure is the median of a few runs."""
        for name, command in (("no-op", tool.no_op(engine, url)), ("status", tool.status(engine, url))):
            figures.add(f"W4 {name} {engine}", tool,
                        statistics.median(timed(command, folder)[0] for _ in range(steps if tool.is_quick else 2)))

    measure(figures, engine, "W1", works.small(few),
            lambda url: works.tables(engine, url) == works.columns_added(engine, url) == few, tools, count, undone)
    measure(figures, engine, "W2", works.small(many),
            lambda url: works.tables(engine, url) == works.columns_added(engine, url) == many,
            [tool for tool in tools if "W2" in tool.works], count, nothing_to_do)
    measure(figures, engine, "W3", works.inserts(lines), lambda url: works.rows(engine, url) == lines, tools, count)


def start_up(figures, rounds):
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for tool in TOOLS:
                if not isinstance(tool, FLOORS):
                    figures.add("W5", tool, timed(tool.start(), Path(folder))[0])


#: From this round trip on, in milliseconds, the rivals wait for answers at the same time.
TOGETHER = 20


def network(figures, sizes, trips):
    """W1 at several round trips, and W2 at 20 ms: so long for a rival as shows that it takes ten times ours."""
    few, many = sizes
    host = urlsplit(SERVER)

    def once(name, migrations, milliseconds, patience, tool):
        key = f"{name} {milliseconds} ms"
        with Delay((host.hostname, host.port), milliseconds) as port, Database() as url, \
                tempfile.TemporaryDirectory() as folder, missing(figures, key, tool, patience):
            tool.write(Path(folder), migrations, "postgres")
            seconds, _ = timed(tool.migrate("postgres", through(url, port)), Path(folder), patience)
            if works.tables("postgres", url) != len(migrations):
                raise Failed("ended well, and the work is not done")
            figures.add(key, tool, seconds)

    for milliseconds in trips:
        for name, count in [("W1", few), ("W2", many)] if milliseconds == 20 else [("W1", few)]:
            migrations = works.small(count)
            tools = [tool for tool in TOOLS if "postgres" in tool.engines and name in tool.works]
            # What ours takes says how long the others are waited for.
            once(name, migrations, milliseconds, PATIENCE, APUS)
            patience = max(10, 12 * (figures.median(f"{name} {milliseconds} ms", APUS) or PATIENCE))
            rivals = [tool for tool in tools if tool is not APUS]
            with ThreadPoolExecutor(len(rivals) if milliseconds >= TOGETHER else 1) as pool:
                list(pool.map(partial(once, name, migrations, milliseconds, patience), rivals))


def cell(figures, work, tool, relative):
    if (work, tool.name) in figures.misses:
        return figures.misses[work, tool.name]
    median = figures.median(work, tool)
    if median is None:
        return ""
    values = figures.times[work, tool.name]
    text = f"{median:.3f}" if median < 1 else f"{median:.2f}"
    if len(values) > 1:
        text += f" ({min(values):.3f}–{max(values):.3f})"
    ratio = figures.ratio(work, tool) if relative and tool is not LIMIT else None
    return f"**{ratio:.2f}** · {text}" if ratio is not None else text


def grid(figures, columns, tools, relative=True):
    lines = [["tool", *(title for title, _ in columns)], ["---"] * (len(columns) + 1)]
    lines += [[tool.name, *(cell(figures, work, tool, relative) for _, work in columns)] for tool in tools]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def memory(figures, tools, engine):
    def peak(work, tool):
        values = figures.peaks.get((f"{work} {engine}", tool.name))
        return f"{max(values):.0f}" if values else ""

    lines = [["tool", "W2", "W3"], ["---"] * 3]
    lines += [[tool.name, peak("W2", tool), peak("W3", tool)] for tool in tools]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def report(figures, sizes, trips, rounds, echoes):
    few, many, lines, _ = sizes
    server = psql(SERVER, "SHOW server_version")[1].strip()
    postgres = [tool for tool in TOOLS if "postgres" in tool.engines]
    sqlite = [tool for tool in TOOLS if "sqlite" in tool.engines]
    versions = ", ".join(f"{tool.name} {tool.version()}" for tool in TOOLS if not isinstance(tool, FLOORS))
    return "\n".join([
        f"Taken {date.today()} on {os.cpu_count()} cores ({platform.machine()}), {platform.system()} {platform.release()}, "
        f"PostgreSQL {server} on loopback, fsync on. Whole processes, in turns, each on a fresh database whose state was "
        f"looked at afterwards. {versions}.",
        "",
        f"W1 and W2 are {few} and {many} small migrations, W3 is one of {lines} single rows, W4 a run with nothing to do and a "
        f"status with {many} applied, W5 the start of the process, W6 the rollback of {few}. **Bold**: times the limit (psql or "
        "sqlite3 with the same statements, a transaction and a tracking row each), median over the rounds. Then seconds, median "
        f"(lowest–highest) of {rounds} rounds; of one round where only one figure stands. No backups: the others take none.",
        "", "## PostgreSQL", "",
        grid(figures, [("W1", "W1 postgres"), ("W2", "W2 postgres"), ("W3", "W3 postgres"), ("W6", "W6 postgres")], postgres),
        "",
        grid(figures, [("W4 no-op, s", "W4 no-op postgres"), ("W4 status, s", "W4 status postgres"), ("W5, s", "W5")], postgres, False),
        "", "Peak memory of the largest process, MiB:", "", memory(figures, postgres, "postgres"),
        "", "## SQLite", "",
        grid(figures, [("W1", "W1 sqlite"), ("W2", "W2 sqlite"), ("W3", "W3 sqlite"), ("W6", "W6 sqlite")], sqlite),
        "",
        grid(figures, [("W4 no-op, s", "W4 no-op sqlite"), ("W4 status, s", "W4 status sqlite")], sqlite, False),
        "", "## Across a network", "",
        "Through a proxy on loopback that delays every byte; the round trip that it really makes: "
        + ", ".join(f"{echo:.1f} ms for {trip}" for trip, echo in zip(trips, echoes)) + ". One run each, in seconds, Apus "
        f"alone, the others from {TOGETHER} ms on at the same time; one that takes more than twelve times what Apus takes is stopped.",
        "",
        grid(figures, [*((f"W1, {trip} ms", f"W1 {trip} ms") for trip in trips), ("W2, 20 ms", "W2 20 ms")], postgres, False),
        ""])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    options = parser.parse_args()
    sizes = (10, 50, 500, 3) if options.quick else (100, 1000, 20_000, 5)
    rounds = 2 if options.quick else QUICK_ROUNDS
    trips = (1, 20) if options.quick else (1, 5, 20, 80)
    figures = Figures()
    for part in (lambda: start_up(figures, 3 if options.quick else 20),
                 lambda: loopback(figures, "postgres", sizes, rounds),
                 lambda: loopback(figures, "sqlite", sizes, rounds),
                 lambda: network(figures, sizes[:2], trips)):
        start = time.monotonic()
        part()
        print(f"rivals: a part took {time.monotonic() - start:.0f} s", file=sys.stderr)
    echoes = [measured(trip) for trip in trips]
    text = report(figures, sizes, trips, rounds, echoes)
    print(text)
    if options.write:
        path = Path(options.write)
        path.write_text(f"# Results beside the rivals\n\n{text}")
        path.with_name("chart.svg").write_text(chart(figures, [tool.name for tool in TOOLS]))


if __name__ == "__main__":
    main()
