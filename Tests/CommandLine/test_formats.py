"""FORMATS.md holds for the tool: its example is applied, and every digest recomputed from its rules."""

import hashlib
import json
import re
import subprocess
import sys

import pytest

from conftest import ROOT

TEXT = (ROOT / "FORMATS.md").read_text()


def example(name):
    """The fenced block below `<!-- example: NAME -->`."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w*\n(.*?)```\n", TEXT, re.DOTALL)
    assert found, f"FORMATS.md has no example {name}"
    return found[1]


FILE = "20250115_103000_1.0.0_hello.sql"

CHECKOUTS = {
    "LF": lambda text: text,
    "CRLF": lambda text: text.replace(b"\n", b"\r\n"),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text,
    "both": lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
}


def recompute(project, path):
    script = project.write("recompute.py", example("recompute.py"))
    done = subprocess.run(
        [sys.executable, str(script), str(path)], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("checkout", CHECKOUTS)
def test_the_digests_of_the_example_are_those_of_the_history(sqlite, checkout):
    path = sqlite.write(f"migrations/{FILE}", CHECKOUTS[checkout](example(FILE).encode()))
    printed = recompute(sqlite, path)
    assert printed == example("output of recompute.py")

    sqlite.apus("migrate")
    row = sqlite.query("SELECT checksum, up_meaning, down_meaning FROM apus_migrations")
    assert row == [[line.split()[1] for line in printed.splitlines()]]
    assert sqlite.query("SELECT hex(source) FROM apus_migrations") == [[path.read_bytes().hex().upper()]]


def test_without_carriage_returns_and_mark_the_checksum_is_sha256sum(sqlite):
    path = sqlite.write(f"migrations/{FILE}", example(FILE))
    sqlite.apus("migrate")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert sqlite.query("SELECT checksum FROM apus_migrations") == [[digest]]


def test_the_plan_digest_is_that_of_the_text(sqlite):
    sqlite.write(f"migrations/{FILE}", example(FILE))
    digest = hashlib.sha256(example("plan").encode()).hexdigest()
    assert f"with the digest `{digest}`" in TEXT
    assert json.loads(sqlite.apus("plan", "--json").stdout)["digest"] == digest
    sqlite.apus("migrate")
    assert sqlite.query("SELECT plan_digest FROM apus_runs") == [[digest]]


def test_every_field_of_the_plan_digest(sqlite):
    """A plan with limits, dependencies and without a transaction, and its text written by hand."""
    sqlite.write(f"migrations/{FILE}", example(FILE))
    sqlite.apus("migrate")
    path = sqlite.write(
        "migrations/20250116_090000_1.1.0_more.sql",
        "-- apus: no-transaction\n-- apus: lock-timeout 5s\n-- apus: depends-on 1.0.0/hello\n"
        "-- apus: minimum-application 0.9.0\n-- apus: irreversible no way back\n"
        "-- Up Migration\nINSERT INTO hello (id, word) VALUES (2, 'two');\n",
    )
    text = path.read_bytes().decode()
    statement = text.split("-- Up Migration\n")[1].strip().rstrip(";")
    tokens = re.findall(r"'(?:[^']|'')*'|\w+|[^\s\w]", statement)
    meaning = hashlib.sha256(b"".join(t.encode() + b"\0" for t in tokens) + b"\1").hexdigest()
    plan = (
        "apus-plan 1\nfrom 1.0.0\n"
        f"up run 20250116_090000_1.1.0_more file {meaning} 0\n"
        "none 5000 - -\n"
        "- 20250115_103000_1.0.0_hello 0.9.0 no way back\n"
    )
    digest = json.loads(sqlite.apus("plan", "--json").stdout)["digest"]
    assert digest == hashlib.sha256(plan.encode()).hexdigest()


def test_the_lock_key_is_the_hash_of_the_table_s_name():
    key = 0xCBF29CE484222325
    for byte in b"apus:apus.migrations":
        key = (key ^ byte) * 0x100000001B3 % 2**64
    assert f"`{key - 2**64 if key >= 2**63 else key}`" in TEXT
    assert f"`classid` {key >> 32}" in TEXT
    assert f"`objid` {key & 0xFFFFFFFF}" in " ".join(TEXT.split())


def columns(ddl):
    """Table name → its columns, from a registry.sql."""
    tables = {}
    for name, body in re.findall(r"CREATE TABLE (?:main\.apus_|apus\.)(\w+) \((.*?)\n\)", ddl, re.DOTALL):
        tables[name] = {
            line.split()[0] for line in body.splitlines()
            if re.match(r"    [a-z_]+ [a-zA-Z]", line) and not line.startswith("     ")
        }
    return tables


@pytest.mark.parametrize("engine", ["Postgres", "SQLite"])
def test_every_column_of_the_registry_is_described(engine):
    ddl = (ROOT / f"Sources/Apus{engine}/registry.sql").read_text()
    tables = columns(ddl)
    assert set(tables) == {"settings", "migrations", "runs", "journal", "backups", "schemas", "audit",
                           "rehearsals", "batches", "schedule", "step_waits", "step_locks"}
    for table, names in tables.items():
        if table == "settings":
            continue
        section = re.search(rf"### `{table}`.*?(?=\n### )", TEXT, re.DOTALL)[0]
        described = set()
        for line in section.splitlines():
            if line.startswith("| `"):
                described |= set(re.findall(r"`(\w+)`", line.split("|")[1]))
        missing = names - described
        unknown = described - names - ({"entry"} if table == "backups" else set())
        assert not missing, f"{table}: not described: {missing}"
        assert not unknown, f"{table}: described, and not there: {unknown}"


def test_the_schema_digest_is_that_of_the_program(sqlite):
    sqlite.migration("20250101_000000_1.0.0_things",
                     "CREATE TABLE things (a TEXT NOT NULL DEFAULT 'é\t\"\\',\n"
                     " b INTEGER CHECK (b > 0)) STRICT;", "DROP TABLE things;")
    sqlite.apus("migrate")
    program = sqlite.write("digest.py", example("digest.py"))
    recorded = sqlite.query("SELECT digest FROM apus_schemas")
    kept = bytes.fromhex(sqlite.query("SELECT hex(document) FROM apus_schemas")[0][0])
    for text in [sqlite.apus("schema", "show", "--json").stdout, kept]:
        path = sqlite.write("schema.json", text)
        done = subprocess.run([sys.executable, str(program), str(path)], capture_output=True,
                              text=True, check=True)
        assert [[done.stdout.strip()]] == recorded
        assert json.loads(path.read_text())["digest"] == done.stdout.strip()


def test_every_setting_is_described():
    swift = (ROOT / "Sources/ApusCLI/Settings/Setting.swift").read_text()
    body = swift.split("{", 1)[1].split("var ", 1)[0]
    keys = {
        value or name for name, value in re.findall(r'case (\w+)(?: = "(\w+)")?', body)
    }
    section = TEXT.split("## `apus.yaml`")[1].split("## `versions.yaml`")[0]
    described = set(re.findall(r"^\| `(\w+)` \| `(?:APUS_\w+|DATABASE_URL)`", section, re.MULTILINE))
    assert described == keys


def test_every_code_has_the_documented_exit_code(sqlite):
    """Each row of the table of codes says what `explain` says."""
    rows = re.findall(r"^\| (\d+) \| [^|]*\| (.*) \|$", TEXT, re.MULTILINE)
    documented = {
        code: int(exit_code) for exit_code, codes in rows for code in re.findall(r"`([a-z0-9-]+)`", codes)
    }
    real = {
        page["code"]: page["exit"]
        for page in json.loads(sqlite.apus("explain", "--json").stdout)["codes"]
    }
    assert documented == real


DOCUMENTS = TEXT.split("## JSON documents")[1].split("## Exit codes")[0]


def documented_keys():
    """Format or part → the keys that FORMATS.md gives it."""
    keys = {}
    for line in DOCUMENTS.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or len(cells) < 2:
            continue
        for name in re.findall(r"`(apus\.[\w-]+/1)`", cells[0]) or [cells[0]]:
            keys[name] = set(re.findall(r"`([a-z_0-9]+)`", cells[-1]))
    keys["apus.backup-verification/1"] = keys["backup entry"]
    keys["apus.version-info/1"] |= keys["apus.version/1"]
    keys["apus.run-record/1"] |= keys["run record"]
    keys["apus.schedule-entry/1"] |= keys["schedule entry"]
    schema = TEXT.split("## Schema documents")[1].split("The **digest**")[0]
    keys["apus.schema/1"] |= set(re.findall(r"^\| `(\w+)`", schema, re.MULTILINE))
    keys["schema object"] = {"kind", "name", "attributes"}
    return keys


def all_keys(value):
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in all_keys(inner)}
    if isinstance(value, list):
        return {key for inner in value for key in all_keys(inner)}
    return set()


def test_every_key_of_every_document_is_described(guest_registration):
    described = documented_keys()
    everywhere = set().union(*described.values()) | {"format", "name", "location", "event"}
    everywhere |= set(re.findall(r"`([a-z_]+)`", DOCUMENTS))
    guest_registration.write(
        "migrations/sqlite/20250301_090000_1.2.0_fails.sql",
        "-- apus: no-transaction\n-- Up Migration\nCREATE TABLE a (id INTEGER);\nINSERT INTO b VALUES (1);\n"
        "-- Down Migration\nDROP TABLE a;\n")
    seen = set()
    for command in [
        "status", "plan", "migrate 1.0.0", "migrate 1.1.0 --dry-run", "migrate", "status", "backup",
        "backup list", "verify", "doctor", "repair list", "wait 1.0.0", "version current", "version info", "version changelog",
        "version compatibility", "version compatibility 1.0.0", "version history",
        "version path 1.0.0 1.3.0", "runs list", "runs show 2", "explain", "explain usage",
        "explain not-examined", "lint", "schema show", "graph", "analytics", "schema diff", "test", "rollback 1.2.0",
        "create-initial", "init", "rollback 7.0.0", "lock", "data list", "work",
        "schedule rollback 1.0.0 --cascade --at 2099-01-01T00:00Z", "schedule show 1", "schedule list", "run-due",
    ]:
        output = guest_registration.apus(*command.split(), "--json", expecting=None).stdout
        document = json.loads(output)
        seen.add(document["format"])
        extra = set(document) - {"format"} - described[document["format"]]
        assert not extra, f"{command}: not described for {document['format']}: {extra}"
        for one in document.get("objects", []):
            # The attributes of each kind have a section of their own.
            assert set(one) == described["schema object"]
            del one["attributes"]
        unknown = all_keys(document) - everywhere
        assert not unknown, f"{command}: nowhere described: {unknown}"
        if command == "backup":
            name = document["backup"]["name"]
            output = guest_registration.apus("backup", "verify", name, "--json").stdout
            document = json.loads(output)
            assert set(document) - {"format"} <= described[document["format"]]
            seen.add(document["format"])
            for more in ["backup verify", "backup prune --keep 1", f"restore {name}",
                         "restore --swap --into guest_registration_restored.db"]:
                document = json.loads(guest_registration.apus(*more.split(), "--json").stdout)
                assert set(document) - {"format"} <= described[document["format"]], more
                assert not all_keys(document) - everywhere, more
                seen.add(document["format"])
    guest_registration.apus("rollback", "1.1.0")
    created = guest_registration.apus("create-migration", "3.0.0", "more", "--json").stdout
    seen.add(json.loads(created)["format"])
    assert set(json.loads(created)) - {"format"} <= described["apus.create-migration/1"]
    rebuilt = json.loads(guest_registration.apus("sqlite", "rebuild", "guest_reg_guests", "3.0.0", "--json").stdout)
    seen.add(rebuilt["format"])
    assert set(rebuilt) - {"format"} <= described[rebuilt["format"]]
    undescribed = seen - set(described)
    unseen = {name for name in described if name.startswith("apus.")} - seen - {"apus.event/1"}
    assert not undescribed and not unseen, (undescribed, unseen)


def test_every_event_is_described(sqlite):
    sqlite.write(f"migrations/{FILE}", example(FILE))
    sqlite.apus("migrate", "-q")
    rows = {
        row[0]: set(re.findall(r"`([a-z_]+)`", row[1]))
        for row in re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", DOCUMENTS, re.MULTILINE)
    }
    output = sqlite.apus("rollback", "1.0.0", "--json-stream").stdout
    events = [json.loads(line) for line in output.splitlines()]
    assert [event["event"] for event in events][0] == "run-started"
    for event in events:
        assert event["format"] == "apus.event/1"
        assert set(event) - {"format", "event"} <= rows[event["event"]], event
