"""How cost grows: twice the work, twice the time, and no more memory than the work needs.

    scripts/bench scale       builds a release and runs this
    python3 scale.py --quick  smaller work, to see that it runs

Needs what core.py needs. Prints a table of curves; `--write FILE` also writes it.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from datetime import date
from pathlib import Path

import works
from core import EXECUTABLE, Database, run, small_migrations
from processes import Command, timed


def median_of(command, folder, rounds):
    """Median seconds and the most memory in MiB."""
    runs = [timed(command, folder, 600, memory=True) for _ in range(rounds)]
    return statistics.median(seconds for seconds, _ in runs), max(peak for _, peak in runs)


def files(counts, rounds):
    """`status` with so many files, all of them applied: on PostgreSQL and on SQLite."""
    for engine in ("postgres", "sqlite"):
        for count in counts:
            with tempfile.TemporaryDirectory() as folder, Database() as server:
                small_migrations(folder, count)
                url = server if engine == "postgres" else f"sqlite:{folder}/bench.db"
                run([EXECUTABLE, "baseline", f"1.0.{count}", "--yes", "-q"], folder, DATABASE_URL=url)
                status = Command([EXECUTABLE, "status"], {"DATABASE_URL": url})
                document = json.loads(run([EXECUTABLE, "status", "--json"], folder, DATABASE_URL=url)[1])
                assert len(document["migrations"]) == count, len(document["migrations"])
                yield f"`status`, {engine}, files applied", count, *median_of(status, Path(folder), rounds)


def statements(counts, rounds):
    """One migration of so many rows, inserted one by one, on PostgreSQL."""
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "migrations").mkdir()
            [one] = works.inserts(count)
            (folder / "migrations" / "20250101_000000_1.0.0_rows.sql").write_text(
                "-- Up Migration\n" + ";\n".join(one.up) + ";\n-- Down Migration (Rollback)\nDROP TABLE t1;\n")
            seconds = []
            for _ in range(rounds):
                with Database() as url:
                    seconds.append(timed(Command([EXECUTABLE, "migrate", "--no-backup", "-q"], {"DATABASE_URL": url}), folder, 600, memory=True))
                    assert works.rows("postgres", url) == count
            yield ("statements in one migration, PostgreSQL", count, statistics.median(s for s, _ in seconds),
                   max(peak for _, peak in seconds))


def hops(counts, rounds):
    """The way through so many releases, each of which every run has to stop at."""
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "migrations").mkdir()
            lines = ["application:", "  version: 1.0.0", f"database: 1.{count}.0", "releases:"]
            for number in range(count + 1):
                lines += [f"  - version: 1.{number}.0", "    date: 2025-01-15", f"    title: Release {number}",
                          f"    database: 1.{number}.0", "    required_stop: true"]
                (folder / "migrations" / f"20250101_{number // 60:04d}{number % 60:02d}_1.{number}.0_t{number}.sql").write_text(
                    f"-- Up Migration\nCREATE TABLE t{number} (id bigint);\n-- Down Migration (Rollback)\nDROP TABLE t{number};\n")
            (folder / "versions.yaml").write_text("\n".join(lines) + "\n")
            way = [EXECUTABLE, "version", "path", "1.0.0", f"1.{count}.0", "--json"]
            document = json.loads(run(way, name)[1])
            assert len(document["legs"]) == count, document["legs"]
            yield "required stops on the way", count, *median_of(Command(way), folder, rounds)


def sizes(megabytes, rounds):
    """One file of so many megabytes, run on SQLite."""
    row = "INSERT INTO big VALUES ('" + "x" * 980 + "');\n"
    for size in megabytes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "migrations").mkdir()
            with (folder / "migrations" / "20250101_000000_1.0.0_big.sql").open("w") as file:
                file.write("-- Up Migration\nCREATE TABLE big (text TEXT);\n")
                for _ in range(size * 1_000_000 // len(row)):
                    file.write(row)
                file.write("-- Down Migration (Rollback)\nDROP TABLE big;\n")
            runs = []
            for number in range(rounds):
                url = f"sqlite:{folder}/{number}.db"
                runs.append(timed(Command([EXECUTABLE, "migrate", "--no-backup", "-q"], {"DATABASE_URL": url}), folder, 600,
                                  memory=True))
                (folder / f"{number}.db").unlink()
            yield "megabytes in one file, SQLite", size, statistics.median(s for s, _ in runs), max(p for _, p in runs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    options = parser.parse_args()
    rounds = 1 if options.quick else 5
    if options.quick:
        parts = [files([20, 40], rounds), statements([50, 100], rounds), hops([5, 10], rounds), sizes([1, 2], rounds)]
    else:
        parts = [files([1250, 2500, 5000, 10_000], rounds), statements([250, 500, 1000, 2000], rounds),
                 hops([12, 25, 50, 100], rounds), sizes([62, 125, 250, 500], 2)]
    lines = ["| work | how much | seconds | milliseconds each | peak memory, MiB |", "| --- | --- | --- | --- | --- |"]
    for part in parts:
        for title, count, seconds, peak in part:
            lines.append(f"| {title} | {count} | {seconds:.3f} | {seconds * 1000 / count:.3f} | {peak:.0f} |")
            print(lines[-1], file=sys.stderr)
    text = (f"Taken {date.today()} on {os.cpu_count()} cores ({platform.machine()}), {platform.system()} {platform.release()}. Medians "
            f"of {rounds} runs of the whole process, of 2 for the large file; the memory is the most that a run had, which for "
            "a file includes the pages of it that are mapped.\n\n" + "\n".join(lines) + "\n")
    print(text)
    if options.write:
        Path(options.write).write_text(f"# How cost grows\n\n{text}")


if __name__ == "__main__":
    main()
