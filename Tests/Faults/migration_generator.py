"""Migrations by chance: tables, columns, indexes, views, functions, constraints, types and data, each
with a down section that takes back exactly what the up section did, rows included."""

from dataclasses import dataclass, field

POSTGRES_TYPES = {
    "integer": "7", "bigint": "7000000000", "numeric(12,3)": "12.345", "text": "'it''s'",
    "varchar(40)": "'word'", "boolean": "true", "date": "'2025-01-15'",
    "timestamp with time zone": "'2025-01-15 10:30:00+00'", "uuid": "'00000000-0000-0000-0000-0000000000ff'",
    "jsonb": "'{\"a\": [1, null]}'", "integer[]": "'{1,2}'", "bytea": "'\\x00ff'",
    "interval": "'1 day'", "inet": "'127.0.0.1'",
}
SQLITE_TYPES = {"INTEGER": "7", "TEXT": "'it''s'", "REAL": "1.5", "BLOB": "x'00ff'", "NUMERIC": "12.345"}


@dataclass
class Column:
    name: str
    type: str
    definition: str
    #: Whether something else is made of it.
    is_used: bool = False


@dataclass
class Table:
    name: str
    columns: list = field(default_factory=list)
    rows: int = 0

    def used(self, chance):
        """A column, which from now on has to stay."""
        column = chance.choice(self.columns)
        column.is_used = True
        return column


class MigrationGenerator:
    """A database's life, one migration after the other."""

    def __init__(self, chance, engine):
        self.chance = chance
        self.is_postgres = engine != "sqlite"
        self.types = POSTGRES_TYPES if self.is_postgres else SQLITE_TYPES
        self.tables = []
        self.enums = []
        self.count = 0
        both = [self.table, self.column, self.column, self.index, self.view, self.rows, self.rows,
                self.change, self.trigger, self.renamed_column, self.dropped_column]
        postgres = [self.check, self.foreign_key, self.unique, self.function, self.enum, self.domain,
                    self.sequence, self.comment, self.materialised_view, self.policy, self.grant,
                    self.concurrent_index, self.schema, self.partitions, self.default]
        self.kinds = both + (postgres if self.is_postgres else [])

    def migrations(self, count):
        """(id, up section, down section), in order."""
        for number in range(count):
            made = None
            while made is None:
                made = (self.table if len(self.tables) < 2 else self.chance.choice(self.kinds))()
            up, down = made
            minute, second = divmod(number, 60)
            yield f"20250101_00{minute:02d}{second:02d}_1.{number}.0_step_{number}", up, down

    def name(self, kind):
        self.count += 1
        # Some names have to be quoted.
        return f"{kind}_{self.count}" if self.count % 7 else f'"{kind} {self.count}"'

    def some(self):
        return self.chance.choice(self.tables)

    def new_column(self, is_required=False):
        kind, value = self.chance.choice(list(self.types.items()))
        name = self.name("c")
        parts = [name, kind, f"DEFAULT {value}"]
        if is_required or self.chance.random() < 0.5:
            parts.append("NOT NULL")
        return Column(name, kind, " ".join(parts))

    # Each kind of migration: its up and its down section, or None where there is nothing to do it to

    def table(self):
        table = Table(self.name("t"), [self.new_column() for _ in range(self.chance.randint(1, 4))])
        lines = ["id integer PRIMARY KEY"] + [column.definition for column in table.columns]
        self.tables.append(table)
        return f"CREATE TABLE {table.name} (\n    " + ",\n    ".join(lines) + "\n);", \
            f"DROP TABLE {table.name};"

    def column(self):
        table, column = self.some(), self.new_column()
        table.columns.append(column)
        return (f"ALTER TABLE {table.name} ADD COLUMN {column.definition};",
                f"ALTER TABLE {table.name} DROP COLUMN {column.name};")

    def dropped_column(self):
        """The last one of a table, whose values are all the default: else its place or they would not
        come back."""
        fit = [t for t in self.tables if len(t.columns) > 1 and not t.columns[-1].is_used]
        if not fit:
            return None
        table = self.chance.choice(fit)
        column = table.columns.pop()
        return (f"ALTER TABLE {table.name} DROP COLUMN {column.name};",
                f"ALTER TABLE {table.name} ADD COLUMN {column.definition};")

    def renamed_column(self):
        """One that may be NULL: PostgreSQL 18 keeps the name of a NOT NULL, which is made of the column's,
        and the down section of a later migration could not give it that name again."""
        fit = [(t, c) for t in self.tables for c in t.columns
               if not c.is_used and "NOT NULL" not in c.definition]
        if not fit:
            return None
        table, column = self.chance.choice(fit)
        old, column.name = column.name, self.name("c")
        column.definition = column.definition.replace(old, column.name, 1)
        return (f"ALTER TABLE {table.name} RENAME COLUMN {old} TO {column.name};",
                f"ALTER TABLE {table.name} RENAME COLUMN {column.name} TO {old};")

    def index(self):
        table, name = self.some(), self.name("i")
        column = self.indexable(table)
        if column is None:
            return None
        shape = self.chance.choice([f"({column})", f"({column}, id DESC)", f"({column}) WHERE id > 3",
                                    "((id + 1))"])
        return f"CREATE INDEX {name} ON {table.name} {shape};", f"DROP INDEX {name};"

    def indexable(self, table):
        fit = [column for column in table.columns if column.type != "jsonb"]
        if not fit:
            return None
        column = self.chance.choice(fit)
        column.is_used = True
        return column.name

    def concurrent_index(self):
        table, name = self.some(), self.name("i")
        column = self.indexable(table)
        if column is None:
            return None
        return (f"-- apus: no-transaction\nCREATE INDEX CONCURRENTLY {name} ON {table.name} ({column});",
                f"-- apus: no-transaction\nDROP INDEX CONCURRENTLY {name};")

    def view(self):
        table, name = self.some(), self.name("v")
        column = table.used(self.chance).name
        return (f"CREATE VIEW {name} AS SELECT id, {column} FROM {table.name} WHERE id < 1000;",
                f"DROP VIEW {name};")

    def rows(self):
        """Some rows, with every column's default."""
        table = self.some()
        first, count = table.rows + 1, self.chance.randint(1, 30)
        table.rows += count
        values = ", ".join(f"({number})" for number in range(first, first + count))
        return (f"INSERT INTO {table.name} (id) VALUES {values};",
                f"DELETE FROM {table.name} WHERE id BETWEEN {first} AND {first + count - 1};")

    def change(self):
        """Other ids for all rows, and back."""
        table = self.some()
        # Negative numbers on the way, because ids must be different at every moment.
        def moved(by):
            return (f"UPDATE {table.name} SET id = -id - 1;\n"
                    f"UPDATE {table.name} SET id = -id - 1 + {by};")
        by = self.chance.randint(1, 9)
        table.rows += by
        return moved(by), moved(-by)

    def trigger(self):
        table, name = self.some(), self.name("g")
        if not self.is_postgres:
            return (f"CREATE TRIGGER {name} AFTER INSERT ON {table.name} WHEN new.id < 0 BEGIN\n"
                    "    SELECT RAISE(ABORT, 'negative; id');\nEND;", f"DROP TRIGGER {name};")
        function = self.name("f")
        return (f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $body$\nBEGIN\n"
                "    IF new.id < -1000000 THEN RAISE EXCEPTION 'negative; id'; END IF;\n"
                "    RETURN new;\nEND;\n$body$;\n"
                f"CREATE TRIGGER {name} BEFORE INSERT ON {table.name} FOR EACH ROW "
                f"EXECUTE FUNCTION {function}();",
                f"DROP TRIGGER {name} ON {table.name};\nDROP FUNCTION {function}();")

    def check(self):
        return self.constraint("k", "CHECK (id > -1000000)")

    def unique(self):
        return self.constraint("u", "UNIQUE (id, {column})")

    def foreign_key(self):
        """From a column of its own, so that no row stands against it."""
        table, other = self.some(), self.some()
        column, name = self.name("c"), self.name("k")
        table.columns.append(Column(column, "reference", "", is_used=True))
        return (f"ALTER TABLE {table.name} ADD COLUMN {column} integer;\nALTER TABLE {table.name} ADD "
                f"CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {other.name} (id) ON DELETE SET NULL"
                f"{self.chance.choice(['', ' DEFERRABLE INITIALLY DEFERRED'])};",
                f"ALTER TABLE {table.name} DROP CONSTRAINT {name};\n"
                f"ALTER TABLE {table.name} DROP COLUMN {column};")

    def constraint(self, kind, text):
        table, name = self.some(), self.name(kind)
        if "{column}" in text:
            column = self.indexable(table)
            if column is None:
                return None
            text = text.format(column=column)
        return (f"ALTER TABLE {table.name} ADD CONSTRAINT {name} {text};",
                f"ALTER TABLE {table.name} DROP CONSTRAINT {name};")

    def function(self):
        name = self.name("f")
        body = self.chance.choice([
            "LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1; -- it''s'",
            "LANGUAGE plpgsql AS $f$ BEGIN RETURN $1; END $f$",
            "LANGUAGE sql STABLE BEGIN ATOMIC SELECT $1 * 2; END"])
        return f"CREATE FUNCTION {name}(integer) RETURNS integer {body};", f"DROP FUNCTION {name}(integer);"

    def enum(self):
        table, name, column = self.some(), self.name("e"), self.name("c")
        table.columns.append(Column(column, "enum", "", is_used=True))
        return (f"CREATE TYPE {name} AS ENUM ('low', 'high');\n"
                f"ALTER TABLE {table.name} ADD COLUMN {column} {name} DEFAULT 'low';",
                f"ALTER TABLE {table.name} DROP COLUMN {column};\nDROP TYPE {name};")

    def domain(self):
        name = self.name("d")
        return (f"CREATE DOMAIN {name} AS text CHECK (VALUE ~ '^[a-z;]+$');", f"DROP DOMAIN {name};")

    def sequence(self):
        name = self.name("s")
        return (f"CREATE SEQUENCE {name} START 5 INCREMENT 2 CACHE 3;", f"DROP SEQUENCE {name};")

    def comment(self):
        view, table = self.name("v"), self.some()
        return (f"CREATE VIEW {view} AS SELECT count(*) AS n FROM {table.name};\n"
                f"COMMENT ON VIEW {view} IS 'it''s a; view';", f"DROP VIEW {view};")

    def materialised_view(self):
        table, name = self.some(), self.name("m")
        return (f"CREATE MATERIALIZED VIEW {name} AS SELECT 1 AS one FROM {table.name} WITH NO DATA;",
                f"DROP MATERIALIZED VIEW {name};")

    def policy(self):
        table, name = self.some(), self.name("p")
        return (f"CREATE POLICY {name} ON {table.name} FOR SELECT USING (id > 0);",
                f"DROP POLICY {name} ON {table.name};")

    def grant(self):
        view, table = self.name("v"), self.some()
        return (f"CREATE VIEW {view} AS SELECT id FROM {table.name};\nGRANT SELECT ON {view} TO PUBLIC;",
                f"DROP VIEW {view};")

    def default(self):
        fit = [(t, c) for t in self.tables for c in t.columns if c.type == "integer" and not c.is_used]
        if not fit:
            return None
        table, column = self.chance.choice(fit)
        column.is_used = True
        alter = f"ALTER TABLE {table.name} ALTER COLUMN {column.name}"
        back = f"{alter} SET NOT NULL;" if "NOT NULL" in column.definition else ""
        return (f"{alter} DROP DEFAULT;\n{alter} DROP NOT NULL;", f"{alter} SET DEFAULT 7;\n{back}")

    def schema(self):
        name = self.name("n")
        return (f"CREATE SCHEMA {name};\nCREATE TABLE {name}.inside (id integer GENERATED ALWAYS AS "
                f"IDENTITY PRIMARY KEY, twice integer GENERATED ALWAYS AS (4) STORED);",
                f"DROP TABLE {name}.inside;\nDROP SCHEMA {name};")

    def partitions(self):
        name = self.name("t")
        parts = [self.name("t") for _ in range(2)]
        return (f"CREATE TABLE {name} (id integer NOT NULL, at date) PARTITION BY RANGE (id);\n" + "\n".join(
            f"CREATE TABLE {part} PARTITION OF {name} FOR VALUES FROM ({number * 10}) TO ({number * 10 + 10});"
            for number, part in enumerate(parts)), f"DROP TABLE {name};")
