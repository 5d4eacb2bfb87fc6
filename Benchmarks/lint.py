"""The figures of `apus lint`: a folder of migrations, beside squawk on the same files.

    scripts/bench lint       builds a release and runs this
    python3 lint.py --quick  smaller work, to see that it runs

Needs what core.py needs, and squawk in APUS_BENCH_SQUAWK or on the PATH. Prints a table; `--write FILE`
also writes it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from core import EXECUTABLE, pairs, ratio, spread, table

SQUAWK = os.environ.get("APUS_BENCH_SQUAWK", "squawk")

#: What a file's up and down section hold, in turns: things to object to, and things not to.
KINDS = [
    ("CREATE TABLE t{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, price numeric(10,2),\n"
     "    created_at timestamptz NOT NULL DEFAULT now(), CHECK (price >= 0));\nCREATE INDEX t{n}_name_idx ON t{n} (name);",
     "DROP TABLE t{n};"),
    ("ALTER TABLE t{t} ADD COLUMN c{n} text, ADD COLUMN d{n} integer NOT NULL DEFAULT 0;\n"
     "UPDATE t{t} SET c{n} = name WHERE c{n} IS NULL AND id BETWEEN 1 AND 10000;",
     "ALTER TABLE t{t} DROP COLUMN d{n}, DROP COLUMN c{n};"),
    ("CREATE INDEX t{t}_{n}_idx ON t{t} (price) WHERE price > {n};", "DROP INDEX t{t}_{n}_idx;"),
    ("ALTER TABLE t{t} ADD CONSTRAINT t{t}_{n}_check CHECK (price <> {n});\nALTER TABLE t{t} ALTER COLUMN price SET NOT NULL;",
     "ALTER TABLE t{t} ALTER COLUMN price DROP NOT NULL, DROP CONSTRAINT t{t}_{n}_check;"),
    ("CREATE VIEW v{n} AS SELECT t.name, count(*) AS number, sum(t.price) FILTER (WHERE t.price > 10) AS total\n"
     "FROM t{t} t LEFT JOIN LATERAL (SELECT max(id) AS id FROM t{t}) AS last ON last.id = t.id GROUP BY t.name;\n"
     "COMMENT ON VIEW v{n} IS 'what t{t} holds';", "DROP VIEW v{n};"),
]


def migrations(folder, count):
    files = []
    for n in range(count):
        up, down = KINDS[n % len(KINDS)]
        # The last table that there is.
        names = {"n": n, "t": n - n % len(KINDS)}
        path = folder / f"20250101_{n // 3600:02d}{n // 60 % 60:02d}{n % 60:02d}_1.0.{n}_m{n}.sql"
        path.write_text(f"-- Up Migration\n{up.format(**names)}\n\n-- Down Migration (Rollback)\n{down.format(**names)}\n")
        files.append(path.name)
    return files


def timed(command, folder, allowed):
    """Seconds, and the document: both end otherwise than with 0 where they object."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                          env={**os.environ, "DATABASE_URL": ""})
    seconds = time.perf_counter() - start
    if done.returncode != allowed:
        sys.exit(f"{command[0]} ended with {done.returncode}\n{done.stdout[:2000]}{done.stderr}")
    return seconds, json.loads(done.stdout)


def lint(count, rounds):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "migrations"
        folder.mkdir()
        files = migrations(folder, count)

        def apus():
            seconds, document = timed([EXECUTABLE, "lint", "--json", "--engine", "postgres"], name, 7)
            assert (document["files"], document["not_examined"], document["problems"]) == (count, 0, [])
            assert len(document["findings"]) > count // 5
            return seconds

        def squawk():
            seconds, violations = timed([SQUAWK, "--reporter", "json", *files], folder, 1)
            assert len(violations) > count // 5 and all(one["level"] != "Error" for one in violations)
            return seconds

        ours, theirs = pairs(apus, squawk, rounds)
        return [f"`lint --json`, {count} files, s", spread(ours), "`squawk --reporter json`", spread(theirs),
                ratio(ours, theirs), "≤ 2"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    options = parser.parse_args()
    rounds = 3 if options.quick else 20
    # A few files are little more than the start of both.
    rows = [lint(count, rounds) for count in ((5, 50) if options.quick else (10, 1000))]
    text = table(rows, rounds)
    print(text)
    if options.write:
        Path(options.write).write_text(f"# Results of lint\n\n{text}")


if __name__ == "__main__":
    main()
