#!/usr/bin/env python3
"""Compares the Guest Registration schema of a SQLite file with that of a PostgreSQL database.

    same_schema.py SQLITE_FILE POSTGRES_URL

Both live schemas are read, reduced to the tables guest_reg_*, and written as lines of one logical
schema. Exit status: 0 the same, 1 different (the difference is printed), 2 nothing could be compared.
Needs the `psql` program, and nothing beyond Python's standard library.

What is compared: tables; columns in order, with logical type, NOT NULL and default; primary keys;
foreign keys with their actions; unique constraints by columns; indexes by name, columns, direction,
uniqueness and condition; named CHECK constraints. A condition (of a partial index or a CHECK) is
compared by the columns and the words in quotes that it mentions, because the engines write
expressions differently. A CHECK without a name is SQLite's way to enforce a type: not compared.

Of a report (guest_reg_report_*), which is a materialised view here and a table there, the names and the
types of the columns are compared, and what is unique of them.
"""

import difflib
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

PREFIX = "guest_reg_"
REPORT = f"{PREFIX}report_"

# The left side is SQLite's declared type or PostgreSQL's format_type(). Widths of integers are one
# logical type, since SQLite has one. Any other type stands for itself, and so shows as a difference.
LOGICAL_TYPES = {
    "bigint": "integer",
    "smallint": "integer",
    "timestamp with time zone": "timestamp",
    # Without a zone is another type: it must not pass as SQLite's TIMESTAMP, which is UTC.
    "timestamp without time zone": "timestamp without time zone",
}

POSTGRES_QUERY = r"""
WITH tables AS (
    SELECT c.oid, c.relname::text AS name FROM pg_class c
    WHERE c.relkind IN ('r', 'p', 'm') AND starts_with(c.relname, 'guest_reg_') AND pg_table_is_visible(c.oid)
), named AS (  -- attribute names of a key, in the key's order
    SELECT con.oid,
           (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(con.conkey) WITH ORDINALITY k(num, n)
              JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num) AS columns,
           (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(con.confkey) WITH ORDINALITY k(num, n)
              JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num) AS target_columns
    FROM pg_constraint con JOIN tables t ON t.oid = con.conrelid
)
SELECT coalesce(json_object_agg(t.name, json_build_object(
    'columns', (SELECT json_agg(json_build_object(
            'name', a.attname,
            'type', format_type(a.atttypid, a.atttypmod),
            'not_null', a.attnotnull,
            'generated', a.attidentity <> '',
            'default', pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'constraints', (SELECT json_agg(json_build_object(
            'kind', con.contype, 'name', con.conname, 'columns', n.columns,
            'target', target.relname, 'target_columns', n.target_columns,
            'on_delete', con.confdeltype, 'on_update', con.confupdtype,
            'definition', pg_get_constraintdef(con.oid)))
        FROM pg_constraint con JOIN named n ON n.oid = con.oid
        LEFT JOIN pg_class target ON target.oid = con.confrelid
        WHERE con.conrelid = t.oid),
    'indexes', (SELECT json_agg(json_build_object(
            'name', i.relname, 'unique', x.indisunique, 'valid', x.indisvalid,
            'condition', pg_get_expr(x.indpred, x.indrelid),
            'columns', (SELECT json_agg(pg_get_indexdef(x.indexrelid, k, true)
                        || CASE WHEN x.indoption[k - 1] & 1 = 1 THEN ' desc' ELSE '' END ORDER BY k)
                        FROM generate_series(1, x.indnkeyatts) k)))
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = t.oid
          AND NOT EXISTS (SELECT FROM pg_constraint con
                          WHERE con.conindid = x.indexrelid AND con.contype IN ('p', 'u', 'x')))
)), '{}') FROM tables t
"""

POSTGRES_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}


class Unreadable(Exception):
    pass


def logical_type(declared):
    declared = re.sub(r"\s*,\s*", ",", declared.strip().lower())
    return LOGICAL_TYPES.get(declared, declared)


def logical_default(expression):
    """One spelling for the defaults that both engines have: literals and CURRENT_TIMESTAMP."""
    if expression is None:
        return "none"
    literal = re.sub(r"::[a-z ]+(\(\d+(,\d+)?\))?$", "", expression.strip())
    if literal.startswith("'"):
        return literal
    literal = literal.lower()
    return {"true": "1", "false": "0", "now()": "current_timestamp"}.get(literal, literal)


def mentioned(condition, columns):
    """The columns, and the words in quotes, that an expression mentions."""
    words = {f"'{w}'" for w in re.findall(r"'([A-Za-z_]+)'", condition)}
    unquoted = re.sub(r"'[^']*'", "''", condition)
    names = {w for w in re.findall(r"[a-z_][a-z0-9_]*", unquoted.lower())} & set(columns)
    return " ".join(sorted(names) + sorted(words))


def column_line(position, name, declared, not_null, default):
    null = "not null" if not_null else "null"
    return f"column {position:2} {name}: {logical_type(declared)}, {null}, default {default}"


def key_line(columns):
    return f"primary key ({', '.join(columns)})"


def foreign_key_line(columns, target, target_columns, on_delete, on_update):
    return (f"foreign key ({', '.join(columns)}) -> {target} ({', '.join(target_columns)}), "
            f"on delete {on_delete}, on update {on_update}")


def unique_line(columns):
    return f"unique ({', '.join(columns)})"


def index_line(name, columns, unique, condition, table_columns):
    kind = "unique index" if unique else "index"
    partial = f", partial: {mentioned(condition, table_columns)}" if condition else ""
    return f"{kind} {name} ({', '.join(columns)}){partial}"


def check_line(name, condition, table_columns):
    return f"check {name}: {mentioned(condition, table_columns)}"


def assembled(tables):
    """The lines of all tables: columns in their order, the rest sorted."""
    lines = []
    for table in sorted(tables):
        columns, rest = tables[table]
        if table.startswith(REPORT):
            columns, rest = reported(columns, rest)
        lines.append(f"{table}")
        lines += [f"{table} {line}" for line in columns + sorted(rest)]
    return lines


def reported(columns, rest):
    """What two engines' ways to keep a report have in common."""
    keys = [re.search(r"\(.*\)", line)[0] for line in rest if line.startswith(("primary key", "unique index"))]
    return [re.split(r", (?:not )?null, ", line)[0] for line in columns], [f"unique {key}" for key in keys]


def postgres_schema(url):
    try:
        answer = subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", POSTGRES_QUERY],
            capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Unreadable("psql is not installed, or not on the PATH") from None
    if answer.returncode != 0:
        raise Unreadable(f"PostgreSQL: {answer.stderr.strip()}")

    tables = {}
    for table, found in json.loads(answer.stdout).items():
        names = [column["name"] for column in found["columns"]]
        columns = [
            column_line(position, column["name"], column["type"], column["not_null"],
                        "generated" if column["generated"] else logical_default(column["default"]))
            for position, column in enumerate(found["columns"], 1)
        ]
        rest = []
        for constraint in found["constraints"] or []:
            kind = constraint["kind"]
            if kind == "p":
                rest.append(key_line(constraint["columns"]))
            elif kind == "f":
                rest.append(foreign_key_line(
                    constraint["columns"], constraint["target"], constraint["target_columns"],
                    POSTGRES_ACTIONS[constraint["on_delete"]], POSTGRES_ACTIONS[constraint["on_update"]]))
            elif kind == "u":
                rest.append(unique_line(constraint["columns"]))
            elif kind == "c":
                rest.append(check_line(constraint["name"], constraint["definition"], names))
            elif kind != "n":  # PostgreSQL 18 keeps NOT NULL as a constraint too: seen at the column
                rest.append(f"constraint {constraint['name']}: {constraint['definition']}")
        for index in found["indexes"] or []:
            line = index_line(index["name"], index["columns"], index["unique"], index["condition"], names)
            rest.append(line if index["valid"] else line + ", INVALID")
        tables[table] = (columns, rest)
    return tables


def without_comments(sql):
    """SQL without comments; strings and quoted names are kept."""
    pattern = r"('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")|--[^\n]*|/\*.*?\*/"
    return re.sub(pattern, lambda match: match.group(1) or " ", sql, flags=re.DOTALL)


def named_checks(sql):
    """(name, condition) of each CHECK that has a name, out of the text of a CREATE TABLE."""
    text = without_comments(sql)
    for start in re.finditer(r"\bCONSTRAINT\s+(\w+)\s+CHECK\s*\(", text, flags=re.IGNORECASE):
        depth, quoted, end = 1, False, start.end()
        while depth and end < len(text):
            character = text[end]
            if character == "'":
                quoted = not quoted
            elif not quoted:
                depth += {"(": 1, ")": -1}.get(character, 0)
            end += 1
        yield start.group(1), text[start.end():end - 1]


def index_condition(sql):
    found = re.search(r"\)\s*WHERE\s+(.*)$", without_comments(sql or ""), flags=re.IGNORECASE | re.DOTALL)
    return found.group(1) if found else None


def sqlite_schema(path):
    if not Path(path).is_file():
        raise Unreadable(f"SQLite: no file {path}")
    try:
        database = sqlite3.connect(Path(path).resolve().as_uri() + "?mode=ro", uri=True)
        try:
            return read_sqlite(database)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise Unreadable(f"SQLite: {error}") from None


def read_sqlite(database):
    texts = dict(database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND substr(tbl_name, 1, ?) = ?",
        (len(PREFIX), PREFIX)))
    names_of_tables = [name for (name,) in database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, ?) = ?", (len(PREFIX), PREFIX))]

    tables = {}
    for table in names_of_tables:
        # cid, name, type, notnull, default, position in the primary key
        found = database.execute("SELECT * FROM pragma_table_info(?)", (table,)).fetchall()
        names = [row[1] for row in found]
        key = [row[1] for row in sorted(found, key=lambda row: row[5]) if row[5]]
        columns = []
        for position, (_, name, declared, not_null, default, _) in enumerate(found, 1):
            is_row_id = key == [name] and declared.upper() == "INTEGER"
            columns.append(column_line(position, name, declared, not_null,
                                       "generated" if is_row_id else logical_default(default)))
        rest = [key_line(key)] if key else []
        rest += foreign_keys(database, table)
        for _, index, unique, origin, _ in database.execute("SELECT * FROM pragma_index_list(?)", (table,)):
            # seqno, cid, name, desc, coll, key
            parts = [row for row in database.execute("SELECT * FROM pragma_index_xinfo(?)", (index,)) if row[5]]
            indexed = [(row[2] or "(expression)") + (" desc" if row[3] else "") for row in parts]
            if origin == "u":
                rest.append(unique_line(indexed))
            elif origin == "c":
                rest.append(index_line(index, indexed, unique, index_condition(texts[index]), names))
        rest += [check_line(name, condition, names) for name, condition in named_checks(texts[table])]
        tables[table] = (columns, rest)
    return tables


def foreign_keys(database, table):
    keys = {}
    # id, seq, table, from, to, on_update, on_delete, match
    for row in database.execute("SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq", (table,)):
        keys.setdefault(row[0], []).append(row)
    return [
        foreign_key_line([row[3] for row in rows], rows[0][2], [row[4] or "(its key)" for row in rows],
                         rows[0][6].lower(), rows[0][5].lower())
        for rows in keys.values()
    ]


def main(arguments):
    if len(arguments) != 2:
        print("usage: same_schema.py SQLITE_FILE POSTGRES_URL", file=sys.stderr)
        return 2
    try:
        on_sqlite, on_postgres = sqlite_schema(arguments[0]), postgres_schema(arguments[1])
    except Unreadable as error:
        print(f"same_schema: {error}", file=sys.stderr)
        return 2
    if not on_sqlite and not on_postgres:
        print(f"same_schema: neither database has a table {PREFIX}*: nothing was compared", file=sys.stderr)
        return 2

    left, right = assembled(on_sqlite), assembled(on_postgres)
    if left == right:
        details = [line.split(" ", 1)[1] for line in left if " " in line]
        indexes = sum(line.startswith(("index", "unique index")) for line in details)
        columns = sum(line.startswith("column") for line in details)
        print(f"same logical schema: tables {len(on_sqlite)}, columns {columns}, indexes {indexes}")
        return 0
    print("\n".join(difflib.unified_diff(left, right, "SQLite", "PostgreSQL", n=0, lineterm="")))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
