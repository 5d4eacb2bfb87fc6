"""A database behind a cutting proxy, a fixed plan, and the truth about it."""

import json
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from Faults.databases import UNTIL_ALONE, new_project, through
from Faults.wire import Proxy

FIRST = "20250101_000000_1.0.0_trace"
ROWS = {"20250101_000001_1.1.0_one": 1, "20250101_000003_1.3.0_three": 3}
INDEX = "20250101_000002_1.2.0_index"
INDEXES = ("trace_step", "trace_again")
EVERYTHING = [FIRST, *ROWS, INDEX]
VERSION = re.compile(r"_(\d+\.\d+\.\d+)_")

#: What each end of a run that lost its connection may be, and its exit code, as FORMATS.md has them.
EXIT = {"connection-lost": 8, "cannot-connect": 8, "commit-unknown": 4, "partial-state": 4,
        "lock-busy": 6, "lock-lost": 6}

STATE = UNTIL_ALONE + """
SELECT 'table', relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;
SELECT 'index', c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = to_regclass('public.trace');
SELECT to_regclass('public.trace') IS NOT NULL AS has_trace,
    to_regclass('apus.migrations') IS NOT NULL AS has_history \\gset
\\if :has_trace
SELECT 'row', step, count(*) FROM trace GROUP BY step;
\\endif
\\if :has_history
SELECT 'applied', id FROM apus.migrations;
SELECT 'unfinished', migration, direction, statements_done FROM apus.journal WHERE status = 'started';
\\endif
"""


@dataclass
class State:
    """What a database holds, and what its history says."""

    tables: set = field(default_factory=set)
    indexes: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    applied: set = field(default_factory=set)
    unfinished: list = field(default_factory=list)

    def has_all_of(self, migration):
        """Whether everything that a migration makes is there."""
        if migration == FIRST:
            return "trace" in self.tables
        if migration == INDEX:
            return all(self.indexes.get(name) for name in INDEXES)
        return f"t{ROWS[migration]}" in self.tables and self.rows.get(ROWS[migration]) == 1

    def has_any_of(self, migration):
        if migration == FIRST:
            return "trace" in self.tables
        if migration == INDEX:
            return bool(self.indexes)
        return f"t{ROWS[migration]}" in self.tables or ROWS[migration] in self.rows

    def check(self):
        """History and database agree: what is applied is there, once; what is not is not."""
        assert set(self.rows.values()) <= {1}, f"something was done twice: {self}"
        unfinished = {migration for migration, _, _ in self.unfinished}
        assert unfinished <= {INDEX}, f"a transactional step was left unfinished: {self}"
        for migration in EVERYTHING:
            if migration in unfinished:
                continue
            if migration in self.applied:
                assert self.has_all_of(migration), f"{migration} is applied and not there: {self}"
            else:
                assert not self.has_any_of(migration), f"{migration} is there, not applied: {self}"


class WireBench:
    """One database, its proxy and its project."""

    def __init__(self, folder, version):
        self.folder = folder
        self.engine = f"postgres-{version}"

    def __enter__(self):
        with ExitStack() as stack:
            self.project = stack.enter_context(new_project(self.folder, self.engine))
            self.proxy = stack.enter_context(Proxy(urlsplit(self.project.url).port))
            self._stack = stack.pop_all()
        self.proxied = through(self.project.url, self.proxy.port)
        self._fill()
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def _fill(self):
        migration = self.project.migration
        migration(FIRST, "CREATE TABLE trace (step integer NOT NULL);", "DROP TABLE trace;")
        for identifier, step in ROWS.items():
            migration(identifier,
                      f"INSERT INTO trace VALUES ({step});\nCREATE TABLE t{step} (id integer);",
                      f"DROP TABLE t{step};\nDELETE FROM trace WHERE step = {step};")
        migration(INDEX,
                  "-- apus: no-transaction\n" + "\n".join(
                      f"CREATE INDEX CONCURRENTLY {name} ON trace (step);" for name in INDEXES),
                  "-- apus: no-transaction\n" + "\n".join(
                      f"DROP INDEX CONCURRENTLY {name};" for name in reversed(INDEXES)))

    def command(self, words):
        """Runs apus through the proxy; its exit code, its document and its errors."""
        process = self.project.start(*words, "--no-backup", "--json", DATABASE_URL=self.proxied)
        try:
            output, errors = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise AssertionError(f"apus waited for ever\n{output}{errors}") from None
        return process.returncode, json.loads(output), errors

    def finish(self, words):
        """Runs apus beside the proxy, to its end."""
        self.project.apus(*words, "--no-backup", "--lock-wait", "60s")

    def state(self):
        """Asked once nobody else is connected."""
        state = State()
        for kind, *cells in self.project.query(STATE):
            match kind, cells:
                case "table", [name]: state.tables.add(name)
                case "index", [name, valid]: state.indexes[name] = valid == "t"
                case "row", [step, count]: state.rows[int(step)] = int(count)
                case "applied", [identifier]: state.applied.add(identifier)
                case "unfinished", [identifier, direction, done]:
                    state.unfinished.append((identifier, direction, int(done)))
        return state


def check_report(code, document, before, after, *, may_be_unknown):
    """What a run said is what the database has."""
    failure = document.get("failure") or next(
        (d for d in document.get("problems", []) if d["severity"] == "error"), None)
    assert code == (EXIT[failure["code"]] if failure else 0), f"exit {code}: {failure}"
    said = {}
    steps = document.get("steps", [])
    for step in steps:
        is_up = step["direction"] == "up"
        if step["status"] == "done":
            said[step["id"]] = is_up
    failed = [step for step in steps if step["status"] == "failed"]
    assert len(failed) <= 1
    for step in failed:
        state = failure["state"]
        if state.startswith("unknown"):
            assert may_be_unknown, f"the server could have been asked: {failure}"
            said[step["id"]] = None
        elif state.startswith("rolled back"):
            said[step["id"]] = step["direction"] == "down"
            assert after.has_all_of(step["id"]) == (step["direction"] == "down"), failure
        else:
            assert state.startswith("partial") and step["id"] == INDEX, failure
            done = int(re.match(r"partial\. (\d+) of", state)[1])
            assert [u[1:] for u in after.unfinished] == [(step["direction"], done)], failure
            there = sum(after.indexes.get(name, False) for name in INDEXES)
            reached = there if step["direction"] == "up" else len(INDEXES) - len(after.indexes)
            # The statement behind the last answer may have been done or left an invalid index.
            assert done <= reached <= done + 1 or step["direction"] == "down", (failure, after)
            said[step["id"]] = step["direction"] == "down"
    for migration in EVERYTHING:
        expected = said.get(migration, migration in before.applied)
        if expected is not None:
            assert (migration in after.applied) == expected, f"{migration}: said {expected}, {after}"
    if None not in said.values() and "database_version" in document:
        versions = [VERSION.search(m)[1] for m in after.applied]
        assert document["database_version"] == max(versions, default=None), after
    return failure["code"] if failure else "success"
