"""`apus sqlite rebuild`: a migration that gives a table another definition."""

import json
import sqlite3

DEFINITION = """CREATE TABLE guests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, house INTEGER REFERENCES houses (id)
);
"""


def start(project):
    project.migration("20250101_000000_1.0.0_start", """
CREATE TABLE houses (id INTEGER PRIMARY KEY);
CREATE TABLE guests (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, house INTEGER REFERENCES houses (id), note TEXT);
CREATE TABLE stays (guest INTEGER REFERENCES guests (id) ON DELETE CASCADE);
CREATE INDEX guests_name ON guests (name);
INSERT INTO houses VALUES (1);
INSERT INTO guests (id, name, house, note) VALUES (1, 'Ana', 1, 'x'), (8, 'Bor', 1, 'y');
INSERT INTO stays VALUES (1), (8);""", "DROP TABLE stays; DROP TABLE guests; DROP TABLE houses;")
    project.apus("migrate", "-q")


def database(project):
    return sqlite3.connect(project.folder / project.url.removeprefix("sqlite:"))


def test_a_definition_becomes_a_migration_with_a_way_back(sqlite):
    start(sqlite)
    sqlite.write("guests.sql", DEFINITION)
    created = json.loads(sqlite.apus(
        "sqlite", "rebuild", "guests", "1.1.0", "--definition", "guests.sql", "--json").stdout)
    assert created["format"] == "apus.sqlite-rebuild/1"
    assert created["name"] == "rebuild_guests" and created["lost_columns"] == ["note"]
    assert (sqlite.folder / created["file"]).exists()
    sqlite.apus("migrate", "-q")
    with database(sqlite) as now:
        assert now.execute("SELECT id, name, house FROM guests").fetchall() == [(1, "Ana", 1), (8, "Bor", 1)]
        assert now.execute("SELECT count(*) FROM stays").fetchone() == (2,)
        assert now.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'guests_name'").fetchone() == (1,)
    sqlite.apus("verify")
    sqlite.apus("rollback", "1.1.0", "--yes", "-q")
    with database(sqlite) as now:
        assert now.execute("SELECT id, name, note FROM guests").fetchall() == [(1, "Ana", None), (8, "Bor", None)]
        assert now.execute("SELECT count(*) FROM stays").fetchone() == (2,)


def test_a_migration_with_the_definition_as_it_is_passes_its_rehearsal(sqlite):
    start(sqlite)
    printed = sqlite.apus("sqlite", "rebuild", "guests", "1.1.0", "--name", "same_guests").stdout
    assert "1.1.0_same_guests.sql" in printed and "change the definition in both sections" in printed
    sqlite.apus("lint")
    sqlite.apus("test")


def test_what_is_lost_is_said_and_written_into_the_file(sqlite):
    start(sqlite)
    sqlite.write("guests.sql", "CREATE TABLE guests (id INTEGER PRIMARY KEY, house INTEGER, note TEXT)")
    printed = sqlite.apus("sqlite", "rebuild", "guests", "1.1.0", "--definition", "guests.sql").stdout
    assert "⚠ lost with the old definition: name" in printed
    assert "⚠ left out, as it does not fit: index guests_name: no such column: name" in printed
    assert "⚠ the AUTOINCREMENT mark of guests" not in printed
    linted = sqlite.apus("lint", expecting=7).stderr
    assert "the values of guests.name are lost" in linted and "the rows of guests are lost" not in linted, linted


def test_a_rebuild_by_hand_below_a_view_is_told_how(sqlite):
    start(sqlite)
    sqlite.migration("20250102_000000_1.1.0_view", "CREATE VIEW av AS SELECT id, name FROM guests;", "DROP VIEW av;")
    sqlite.migration("20250103_000000_1.2.0_by_hand", """
CREATE TABLE guests_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, house INTEGER, note TEXT);
INSERT INTO guests_new SELECT id, name, house, note FROM guests;
DROP TABLE guests;
ALTER TABLE guests_new RENAME TO guests;""", header="-- apus: irreversible an example\n", down="")
    refused = sqlite.apus("migrate", "-q", expecting=None)
    assert "error in view av" in refused.stderr
    assert "drop the view av before the table is made anew, and make it again behind" in refused.stderr
    assert "apus sqlite rebuild guests VERSION" in refused.stderr


def test_a_rebuild_of_an_older_version_insists_with_its_own_name(sqlite):
    start(sqlite)
    refused = sqlite.apus("sqlite", "rebuild", "guests", "0.5.0", expecting=None)
    assert "or insist: apus sqlite rebuild guests 0.5.0 --allow-out-of-order" in refused.stderr
    sqlite.apus("sqlite", "rebuild", "guests", "0.5.0", "--allow-out-of-order")


def test_only_tables_of_sqlite_are_rebuilt(postgres):
    refused = postgres.apus("sqlite", "rebuild", "guests", "1.1.0", expecting=64)
    assert "only tables of SQLite are rebuilt" in refused.stderr and "ALTER TABLE" in refused.stderr


def test_nothing_is_written_where_the_rebuild_could_not_work(sqlite):
    start(sqlite)
    before = sorted(path.name for path in (sqlite.folder / "migrations").iterdir())
    for words, said in [
        (("nothing", "1.1.0"), "there is no table nothing"),
        (("guests", "1.1.0", "--definition", "gone.sql"), "cannot read gone.sql"),
        (("apus_migrations", "1.1.0"), "one of Apus's own"),
        (("apus_migrations", "1.1.0"), "next:  write by hand what is to change: apus create-migration"),
        (("guests", "1.x"), "1.x"),
    ]:
        refused = sqlite.apus("sqlite", "rebuild", *words, expecting=None)
        assert refused.returncode != 0 and said in refused.stderr, refused
    assert sorted(path.name for path in (sqlite.folder / "migrations").iterdir()) == before


def test_a_rehearsal_tells_what_a_rebuild_by_hand_breaks_without_failing(sqlite):
    start(sqlite)
    sqlite.migration("20250102_000000_1.1.0_by_hand", """
CREATE TABLE guests_new (id INTEGER PRIMARY KEY, name TEXT, house INTEGER, note TEXT);
INSERT INTO guests_new SELECT id, name, house, note FROM guests WHERE id < 5;
DROP TABLE guests;
ALTER TABLE guests_new RENAME TO guests;""", header="-- apus: irreversible an example\n", down="")
    told = sqlite.apus("test", "--json").stdout
    [finding] = [one for one in json.loads(told)["findings"] if one["code"] == "broken-silently"]
    assert finding["severity"] == "warning" and finding["message"].startswith("1.1.0 by_hand, up: ")
    assert finding["file"].endswith("1.1.0_by_hand.sql")
    assert finding["details"] == [
        "it leaves 1 row that violates the foreign key stays → guests",
        "the index guests_name is lost: it was dropped with guests, and not made again",
        "the AUTOINCREMENT mark of guests is lost (it was 8): ids may be given out twice"]
