"""`apus lint --fix`: what it writes, on real servers ends where the original ends, up and down."""

import json
import re
from pathlib import Path

import pytest
from golden import Transcript

PAGES = Path(__file__).parents[2] / "docs/rules"
EARLIER = "20250101_000000_1.0.0_earlier"
EXAMPLE = "20250102_000000_1.1.0_example"
GUESTS = ("CREATE TABLE guests (id bigint PRIMARY KEY, family_name text, phone text);", "DROP TABLE guests;")
INDEX = ("ALTER TABLE guests ADD COLUMN note text;\nCREATE INDEX guests_name_idx ON guests (family_name);",
         "DROP INDEX guests_name_idx;\nALTER TABLE guests DROP COLUMN note;")


def fixable_examples():
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text()
        for title, earlier, body in re.findall(
                r"\*\*Bad, and rewritten\*\*: (.*?)\.\n\n(?:```sql\n-- earlier\n(.*?)\n```\n\n)?```sql\n(.*?)\n```", text, re.DOTALL):
            yield pytest.param(page.stem, earlier, body, id=f"{page.stem}: {title}")


EXAMPLES = list(fixable_examples())


def test_every_rule_with_a_rewrite_has_an_example_of_it():
    index = (PAGES / "README.md").read_text()
    fixable = set(re.findall(r"^\| \[`([a-z-]+)`\].*? \| yes \|", index, re.MULTILINE))
    assert fixable == {example.values[0] for example in EXAMPLES} and len(fixable) >= 7


@pytest.mark.parametrize("postgres", [15, 18], indirect=True)
@pytest.mark.parametrize(("rule", "earlier", "body"), EXAMPLES)
def test_a_rewritten_example_ends_in_the_same_schema_and_comes_back_to_it(postgres, rule, earlier, body):
    earlier_body = f"-- Up Migration\n{earlier}\n-- Down Migration (Rollback)\n-- apus: irreversible an example\n"
    postgres.write(f"migrations/{EARLIER}.sql", earlier_body)
    postgres.write(f"migrations/{EXAMPLE}.sql", f"{body}\n")
    postgres.apus("migrate", "1.0.0", "--no-backup")
    before = schema(postgres)
    postgres.apus("migrate", "--no-backup", "--yes")
    original = schema(postgres)
    undo(postgres)
    assert schema(postgres) == before

    fixes = json.loads(postgres.apus("lint", "--fix", "--plan", "--json", expecting=None).stdout)["fixes"]
    # With the plan the table is known to be in use: it was made by another one.
    assert rule in {fixed["rule"] for file in fixes["rewritten"] for fixed in file["fixed"]}
    remaining = json.loads(postgres.apus("lint", "--json", expecting=None).stdout)
    assert rule not in {finding["rule"] for finding in remaining["findings"]}
    postgres.apus("migrate", "--no-backup", "--yes")
    assert schema(postgres) == original
    undo(postgres)
    assert schema(postgres) == before
    # And again: nothing was left over.
    postgres.apus("migrate", "--no-backup", "--yes")
    assert schema(postgres) == original


def test_each_split_migration_comes_back_to_what_was_before_it(postgres):
    postgres.migration("20250101_000000_1.0.0_guests", *GUESTS)
    postgres.migration(
        "20250102_000000_1.1.0_more",
        "ALTER TABLE guests ADD CONSTRAINT c CHECK (phone <> ''), ALTER COLUMN phone SET NOT NULL,\n    ADD UNIQUE (phone);",
        "ALTER TABLE guests DROP CONSTRAINT guests_phone_key, ALTER COLUMN phone DROP NOT NULL, DROP CONSTRAINT c;")
    postgres.apus("lint", "--fix", expecting=0)
    assert len(list((postgres.folder / "migrations").iterdir())) == 4
    # The rehearsal compares the schemas at each step, up and down.
    postgres.apus("test")


def test_what_it_says_and_writes(postgres):
    postgres.migration("20250101_000000_1.0.0_guests", *GUESTS)
    postgres.migration("20250102_000000_1.1.0_index", *INDEX)
    postgres.migration(
        "20250103_000000_1.2.0_more", "DROP INDEX guests_name_idx;\nALTER TABLE guests ADD CHECK (phone <> '');",
        "ALTER TABLE guests DROP CONSTRAINT guests_phone_check;")
    postgres.apus("lock")
    script = Transcript(postgres)
    script.run("lint", "--fix", DATABASE_URL="")
    script.run("lint", "--fix", "--json", DATABASE_URL="")
    script.run("lint", "--fix", "-q", DATABASE_URL="")
    script.check("lint-fix")
    # What is there now is what the page says, and needs the lock that it speaks of.
    postgres.apus("migrate", "--no-backup", expecting=5)
    postgres.apus("lock")
    postgres.apus("migrate", "--no-backup", "--yes")


def test_what_a_database_has_had_stays_as_it_is(postgres):
    postgres.migration("20250101_000000_1.0.0_guests", *GUESTS)
    postgres.migration("20250102_000000_1.1.0_index", *INDEX)
    postgres.apus("migrate", "--no-backup")
    texts = {path.name: path.read_bytes() for path in (postgres.folder / "migrations").iterdir()}
    for options in ["--live", "--plan"]:
        postgres.apus("lint", "--fix", options, expecting=None)
    fixes = json.loads(postgres.apus("lint", "--fix", "--live", "--json", expecting=None).stdout)["fixes"]
    assert {path.name: path.read_bytes() for path in (postgres.folder / "migrations").iterdir()} == texts
    # An empty table makes a notice of it, which nothing rewrites.
    assert fixes == {"rewritten": [], "not_fixed": [], "needs_lock": False}
    postgres.query("INSERT INTO guests SELECT n, 'a name', NULL FROM generate_series(1, 20000) n; ANALYZE guests")
    fixes = json.loads(postgres.apus("lint", "--fix", "--live", "--json", expecting=7).stdout)["fixes"]
    assert [one["reason"] for one in fixes["not_fixed"]] == ["the database has had it: write the next migration instead"]
    assert {path.name: path.read_bytes() for path in (postgres.folder / "migrations").iterdir()} == texts


def test_one_file_alone_is_rewritten(postgres):
    postgres.migration("20250101_000000_1.0.0_guests", *GUESTS)
    postgres.migration("20250102_000000_1.1.0_index", *INDEX)
    postgres.migration("20250103_000000_1.2.0_index", INDEX[0].replace("name", "phone").replace("note", "more"),
                       INDEX[1].replace("name", "phone").replace("note", "more"))
    output = postgres.apus("lint", "--fix", "--json", "migrations/20250102_000000_1.1.0_index.sql", DATABASE_URL="").stdout
    document = json.loads(output)
    assert [Path(file["file"]).name for file in document["fixes"]["rewritten"]] == ["20250102_000000_1.1.0_index.sql"]
    assert document["files"] == 2
    assert len(list((postgres.folder / "migrations").iterdir())) == 4


def test_a_link_is_left_alone_and_the_others_are_told(postgres):
    postgres.migration("20250101_000000_1.0.0_guests", *GUESTS)
    postgres.migration("20250102_000000_1.1.0_index", *INDEX)
    postgres.migration("20250103_000000_1.2.0_check", "ALTER TABLE guests ADD CHECK (phone <> '');",
                       "ALTER TABLE guests DROP CONSTRAINT guests_phone_check;")
    file = postgres.folder / "migrations/20250102_000000_1.1.0_index.sql"
    real = file.rename(file.with_name("index.text"))
    file.symlink_to(real.name)
    done = postgres.apus("lint", "--fix", expecting=1, DATABASE_URL="")
    assert "is a link, and is left as it is" in done.stderr
    assert "1.2.0_check.sql  rewritten" in done.stdout
    assert sorted(path.name for path in file.parent.iterdir()) == sorted(
        ["20250101_000000_1.0.0_guests.sql", file.name, real.name, "20250103_000000_1.2.0_check.sql",
         "20250103_000001_1.2.0_check_validated.sql"])


def schema(project):
    return json.loads(project.apus("schema", "show", "--json").stdout)["objects"]


def undo(project):
    project.apus("rollback", "--to", "1.0.0", "--no-backup", "--yes")
