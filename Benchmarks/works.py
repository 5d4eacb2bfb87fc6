"""The work that every tool is given, and whether it was done.

W1 and W2 are small migrations (a table of six columns, an index, a column added; the down drops the table),
W3 is one migration of 20,000 rows, inserted one by one.
"""

import sqlite3
from dataclasses import dataclass

from core import psql


@dataclass(frozen=True)
class Migration:
    """One migration as statements: every tool writes them in its own format."""

    number: int
    up: list[str]
    down: list[str]

    @property
    def name(self):
        return f"t{self.number}"

    @property
    def stamp(self):
        """`YYYYMMDDHHMMSS`, which several tools order by."""
        minute, second = divmod(self.number, 60)
        hour, minute = divmod(minute, 60)
        return f"20250101{hour:02d}{minute:02d}{second:02d}"


def small(count):
    return [
        Migration(
            number,
            [f"CREATE TABLE t{number} (id bigint PRIMARY KEY, a text, b text, c integer, d timestamp, e boolean)",
             f"CREATE INDEX t{number}_a ON t{number} (a)",
             f"ALTER TABLE t{number} ADD COLUMN f text"],
            [f"DROP TABLE t{number}"])
        for number in range(1, count + 1)]


def inserts(count):
    return [
        Migration(
            1,
            ["CREATE TABLE t1 (id bigint PRIMARY KEY, a text)",
             *(f"INSERT INTO t1 (id, a) VALUES ({row}, 'row number {row} of the work')" for row in range(1, count + 1))],
            ["DROP TABLE t1"])]


def ask(engine, url, sql):
    """One value, as text."""
    if engine == "postgres":
        return psql(url, sql)[1].strip()
    with sqlite3.connect(url) as database:
        return str(database.execute(sql).fetchone()[0])


def tables(engine, url):
    """How many of the works' tables there are."""
    return int(ask(engine, url, {
        "postgres": "SELECT count(*) FROM pg_tables WHERE tablename ~ '^t[0-9]+$'",
        "sqlite": "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name GLOB 't[0-9]*'"}[engine]))


def columns_added(engine, url):
    """How many of those tables have the column that came last."""
    return int(ask(engine, url, {
        "postgres": "SELECT count(*) FROM pg_attribute WHERE attname = 'f' AND attrelid::regclass::text ~ '^t[0-9]+$'",
        "sqlite": "SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name) c "
                  "WHERE s.type = 'table' AND s.name GLOB 't[0-9]*' AND c.name = 'f'"}[engine]))


def rows(engine, url):
    return int(ask(engine, url, "SELECT count(*) FROM t1"))
