"""A verified backup of a gigabyte, beside COPY of all its tables to nowhere, on PostgreSQL 15 and 18; and what gzip's levels
would take.

    scripts/bench backup       builds a release and runs this
    python3 backup.py --quick  smaller work, to see that it runs

Needs what core.py needs, and the same of PostgreSQL 18. Prints a table; `--write FILE` also writes it.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from core import EXECUTABLE, Database, pairs, psql, ratio, run, spread, table

#: Rows as they are in applications: names that repeat, numbers that do not, texts that have words.
FILL = """
    CREATE TABLE guests_{n} AS SELECT g AS id, 'Guest number ' || g AS name, md5(g::text) AS document,
        (ARRAY['SI', 'HR', 'IT', 'AT', 'DE'])[1 + g % 5] AS country, date '2024-01-01' + g % 900 AS arrival,
        repeat('a remark about guest ' || g || ', who comes back each year; ', 1 + g % 4) AS remarks,
        (random() * 1000)::numeric(10, 2) AS price FROM generate_series(1, {rows}) g;
    ALTER TABLE guests_{n} ADD PRIMARY KEY (id);
"""


def fill(url, megabytes):
    """Tables until the database is so large, indexes included."""
    number = 0
    while int(psql(url, "SELECT pg_database_size(current_database())")[1]) < megabytes * 1_000_000:
        number += 1
        psql(url, FILL.format(n=number, rows=max(1000, megabytes * 700)))
    psql(url, "VACUUM ANALYZE")
    return number


def measure(major, megabytes, rounds):
    server = f"APUS_TEST_POSTGRES_{major}"
    programs = Path(os.environ[f"{server}_BIN"])
    with Database(os.environ[server], os.environ[f"{server}_SUPERUSER"]) as url, tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "migrations").mkdir()
        tables = fill(url, megabytes)
        environment = {"DATABASE_URL": url, "PATH": f"{programs}:{os.environ['PATH']}"}
        # Into a file that keeps nothing, so that nothing passes through this process.
        copies = [str(programs / "psql"), "-X", "-q", "-o", os.devnull, "-d", url,
                  *(part for n in range(1, tables + 1) for part in ("-c", f"COPY guests_{n} TO STDOUT"))]

        def backup():
            seconds, output = run([EXECUTABLE, "backup", "--json"], folder, **environment)
            document = json.loads(output)
            path = Path(folder) / document["backup"]["path"]
            assert document["backup"]["verified"] and path.exists(), document
            backup.size = path.stat().st_size
            path.unlink()
            return seconds

        def copy():
            return run(copies)[0]

        ours, theirs = pairs(backup, copy, rounds)
        rows = [[f"backup, verified, of {megabytes} MB on PostgreSQL {major} ({backup.size // 1_000_000} MB), s", spread(ours),
                 "COPY of every table to nowhere", spread(theirs), ratio(ours, theirs), "≤ 1.4" if major == 18 else ""]]
        if major == 15:
            rows += [gzip(programs, url, level, copy, rounds, folder) for level in (1, 3, 6)]
        return rows


def gzip(programs, url, level, copy, rounds, folder):
    path = Path(folder) / "level.dump"

    def dump():
        return run([str(programs / "pg_dump"), "-Fc", f"-Z{level}", "-f", str(path), url])[0]

    ours, theirs = pairs(dump, copy, max(2, rounds // 2))
    return [f"`pg_dump -Fc -Z{level}` alone ({path.stat().st_size // 1_000_000} MB), s", spread(ours), "the same COPY",
            spread(theirs), ratio(ours, theirs), ""]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    options = parser.parse_args()
    rounds = 2 if options.quick else 5
    rows = [row for major in (15, 18) for row in measure(major, 20 if options.quick else 1000, rounds)]
    text = table(rows, rounds)
    print(text)
    if options.write:
        Path(options.write).write_text(f"# Results of backups\n\n{text}")


if __name__ == "__main__":
    main()
