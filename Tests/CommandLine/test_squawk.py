"""`apus lint` beside squawk: on each statement the same verdict, or a reason written here."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import statements
from conftest import Project

SQUAWK = Path(sys.executable).with_name("squawk")

#: The rules of squawk's for which Apus must object as well, and by which of its own.
COUNTERPARTS = {
    "adding-field-with-default": {"volatile-default-rewrite"},
    "adding-foreign-key-constraint": {"constraint-without-not-valid"},
    "adding-not-nullable-field": {"not-null-without-validated-check"},
    "adding-required-field": {"required-column-without-default"},
    "adding-serial-primary-key-field": {"unique-constraint-without-index"},
    "ban-alter-domain-with-add-constraint": {"domain-constraint-reads-tables"},
    "ban-char-field": {"char-of-fixed-length"},
    "ban-disable-trigger": {"triggers-switched-off"},
    "ban-drop-column": {"drop-column-loses-data"},
    "ban-drop-constraint": {"drop-breaks-application"},
    "ban-drop-database": {"drop-database-loses-data"},
    "ban-drop-default": {"drop-breaks-application"},
    "ban-drop-domain": {"drop-breaks-application"},
    "ban-drop-function": {"drop-breaks-application"},
    "ban-drop-generated-expression": {"drop-breaks-application"},
    "ban-drop-not-null": {"drop-not-null-breaks-application"},
    "ban-drop-schema": {"drop-breaks-application", "drop-database-loses-data"},
    "ban-drop-sequence": {"drop-breaks-application"},
    "ban-drop-table": {"drop-table-loses-data"},
    "ban-drop-type": {"drop-breaks-application"},
    "ban-drop-view": {"drop-breaks-application"},
    "ban-set-schema": {"rename-breaks-application"},
    "ban-truncate-cascade": {"truncate-loses-data"},
    "changing-column-type": {"column-type-rewrite"},
    "constraint-missing-not-valid": {"constraint-without-not-valid", "unique-constraint-without-index",
                                     "validated-in-same-transaction"},
    "disallowed-unique-constraint": {"unique-constraint-without-index"},
    "prefer-identity": {"serial-instead-of-identity", "volatile-default-rewrite"},
    "prefer-timestamp-tz": {"timestamp-without-time-zone"},
    "renaming-column": {"rename-breaks-application"},
    "renaming-table": {"rename-breaks-application"},
    "require-concurrent-index-creation": {"index-without-concurrently"},
    "require-concurrent-index-deletion": {"drop-index-without-concurrently"},
    "require-concurrent-partition-detach": {"detach-without-concurrently"},
    "require-concurrent-reindex": {"reindex-without-concurrently"},
}

#: Rules that squawk does not ask unless told to, and to which Apus has a like.
OPTIONAL = ["ban-disable-trigger"]

#: The rules of squawk's that say nothing of a migration that Apus runs, and why.
NOT_APPLICABLE = {
    "require-lock-timeout": "Apus sets lock_timeout for each step; lock-timeout-lifted objects where it is taken away",
    "require-statement-timeout": "Apus has a setting for it, which holds for all steps",
    "require-timeout-settings": "both of these in one",
    "prefer-robust-stmts": "Apus runs a section in one transaction and records it there: nothing is run again half done",
    "prefer-text-field": "a varchar gets longer without a rewrite, and column-type-rewrite objects where it gets shorter",
    "prefer-bigint-over-int": "only a key counts upwards by itself: primary-key-too-small objects there",
    "prefer-bigint-over-smallint": "as with prefer-bigint-over-int",
    "require-enum-value-ordering": "that a value stands last is what most want, and nothing waits or breaks",
    "ban-create-domain-with-constraint": "a domain that nobody uses yet has nothing to read; a later constraint is objected to",
}

#: Where squawk objects and Apus does not, by the statement's end.
KNOWS_THE_OLD_TYPE = "nothing is rewritten, as the old type is known from an earlier migration"
SQUAWK_ALONE = {
    ("changing-column-type", "ALTER COLUMN phone TYPE varchar(40);"): KNOWS_THE_OLD_TYPE,
    ("changing-column-type", "ALTER COLUMN phone TYPE text;"): KNOWS_THE_OLD_TYPE,
    ("changing-column-type", "ALTER COLUMN tax TYPE numeric(9,2);"): KNOWS_THE_OLD_TYPE,
    ("ban-disable-trigger", "ENABLE TRIGGER USER;"): "to switch triggers on is what mends it",
    ("adding-field-with-default", "DEFAULT current_date;"): "one value for the whole statement: nothing is rewritten",
}

#: Rules of Apus's to which squawk has no like, at least for these statements.
APUS_ALONE = {
    "primary-key-too-small": "squawk says it of every integer column, by a rule that is switched off here",
    "drop-cascade": "squawk objects to what is dropped, not to what goes along",
    "json-instead-of-jsonb": "squawk does not know it",
    "table-rewrite-by-command": "squawk's prefer-repack speaks from PostgreSQL 19 on, which has REPACK",
}


def squawk(folder, files, *options):
    """The rules that squawk finds broken, by file."""
    done = subprocess.run([SQUAWK, "--reporter", "json", f"--include={','.join(OPTIONAL)}", *options, *files], cwd=folder,
                          capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    found = {name: set() for name in files}
    for violation in json.loads(done.stdout):
        assert violation["level"] != "Error", violation
        found[Path(violation["file"]).name].add(violation["rule_name"])
    return found


def apus(folder, statement, directive=""):
    """The rules that Apus finds broken by a statement."""
    project = Project(folder, "", "postgres")
    project.migration("20250101_000000_1.0.0_earlier", statements.EARLIER, "-- apus: irreversible it begins here")
    project.migration("20250102_000000_1.1.0_statement", directive + statement, "-- apus: irreversible it is only looked at")
    done = project.apus("lint", "--json", "migrations/20250102_000000_1.1.0_statement.sql", expecting=None,
                        DATABASE_URL="postgres://127.0.0.1:1/nobody")
    document = json.loads(done.stdout)
    assert done.returncode in (0, 7) and document["not_examined"] == 0, f"{statement}\n{done.stdout}{done.stderr}"
    # That there is no way back is said of each of these files, and is not what is compared.
    return {finding["rule"] for finding in document["findings"]} - {"irreversible-migration"}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """Of each statement: the rules of both."""
    folder = tmp_path_factory.mktemp("squawk")
    groups = [(list(statements.in_transaction()), "", ["--assume-in-transaction"]),
              (list(statements.alone()), "-- apus: no-transaction\n", ["--no-assume-in-transaction"])]
    verdicts = {}
    for number, (group, directive, options) in enumerate(groups):
        files = {f"{number}-{index:03}.sql": statement for index, statement in enumerate(group)}
        for name, statement in files.items():
            (folder / name).write_text(statement + "\n")
        theirs = squawk(folder, list(files), *options)

        def ours(name):
            (folder / f"{name}.d").mkdir()
            return apus(folder / f"{name}.d", files[name], directive)

        with ThreadPoolExecutor(2) as pool:
            for (name, statement), found in zip(files.items(), pool.map(ours, files)):
                assert statement not in verdicts, f"twice: {statement}"
                verdicts[statement] = (theirs[name], found)
    return verdicts


def test_three_hundred_statements_are_compared(verdicts):
    assert len(verdicts) >= 300
    # Both kinds, so that agreement means something.
    assert sum(1 for _, ours in verdicts.values() if ours) >= 100
    assert sum(1 for _, ours in verdicts.values() if not ours) >= 100


def test_every_rule_that_squawk_applies_is_known_here(verdicts):
    seen = set().union(*(theirs for theirs, _ in verdicts.values()))
    assert seen - COUNTERPARTS.keys() - NOT_APPLICABLE.keys() == set()
    assert NOT_APPLICABLE.keys() - seen == {"require-timeout-settings"}
    assert COUNTERPARTS.keys() - seen == set(), "no statement shows it"


def test_where_squawk_objects_apus_objects_or_a_reason_is_written(verdicts):
    missing, used = [], set()
    for statement, (theirs, ours) in verdicts.items():
        for rule in theirs - NOT_APPLICABLE.keys():
            reason = next((key for key in SQUAWK_ALONE if key[0] == rule and statement.endswith(key[1])), None)
            if not ours & COUNTERPARTS[rule] and reason is None:
                missing.append((statement, rule, sorted(ours)))
            elif reason:
                assert not ours & COUNTERPARTS[rule], f"no difference any more: {statement}"
                used.add(reason)
    assert not missing, "\n".join(map(str, missing))
    assert used == SQUAWK_ALONE.keys(), "a reason for a difference that is not there"


def test_where_apus_objects_squawk_objects_or_a_reason_is_written(verdicts):
    missing, used = [], set()
    for statement, (theirs, ours) in verdicts.items():
        for rule in ours:
            if any(rule in COUNTERPARTS.get(their, ()) for their in theirs):
                continue
            if rule in APUS_ALONE:
                used.add(rule)
            else:
                missing.append((statement, rule, sorted(theirs)))
    assert not missing, "\n".join(map(str, missing))
    assert used == APUS_ALONE.keys(), "a reason for a difference that is not there"


@pytest.mark.parametrize("rule, code, directive, script", [
    ("ban-concurrent-index-creation-in-transaction", "not-in-transaction", "",
     "SELECT 1;\nCREATE INDEX CONCURRENTLY i ON guests (phone);"),
    ("transaction-nesting", "transaction-control", "", "BEGIN;\nBEGIN;\nSELECT 1;\nCOMMIT;"),
    ("ban-uncommitted-transaction", "transaction-control", "-- apus: no-transaction\n", "BEGIN;\nSELECT 1;"),
])
def test_what_cannot_run_is_refused_when_the_file_is_read(tmp_path, rule, code, directive, script):
    # One BEGIN … COMMIT around a whole section is accepted, and left out: squawk objects there, if told of a
    # transaction.
    (tmp_path / "statement.sql").write_text(script + "\n")
    options = [] if directive else ["--assume-in-transaction"]
    assert rule in squawk(tmp_path, ["statement.sql"], *options)["statement.sql"]
    project = Project(tmp_path, "", "postgres")
    project.migration("20250101_000000_1.0.0_statement", directive + script)
    done = project.apus("lint", "--json", expecting=1, DATABASE_URL="postgres://127.0.0.1:1/nobody")
    assert code in done.stdout + done.stderr


PAGE = Path(__file__).parents[2] / "docs/other-linters.md"


def table(heading, number):
    """The rows of a table of the page, below a heading: what another linter calls it, rules of ours, the words."""
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = [block for block in section.split("\n\n") if block.startswith("|")]
    for line in blocks[number].splitlines()[2:]:
        name, rules, words = [cell.strip() for cell in line.strip("|").split("|")]
        yield name.strip("`"), set(re.findall(r"\]\(rules/([a-z-]+)\.md\)", rules)), words


def test_the_page_says_of_squawks_rules_what_is_compared_here():
    page = {name: (rules, words) for name, rules, words in table("squawk", 0)}
    refused = {"ban-concurrent-index-creation-in-transaction", "transaction-nesting", "ban-uncommitted-transaction"}
    assert page.keys() == COUNTERPARTS.keys() | NOT_APPLICABLE.keys() | refused
    assert {name: rules for name, (rules, _) in page.items() if rules} == COUNTERPARTS
    assert {name: page[name][1] for name in NOT_APPLICABLE} == NOT_APPLICABLE


def test_each_check_of_others_has_a_rule_of_ours_or_a_reason():
    rules = {path.stem for path in PAGE.with_name("rules").glob("*.md")}
    rows = [*table("squawk", 0), *table("squawk", 1), *table("strong_migrations", 0)]
    names = [name for name, _, _ in rows]
    assert len(set(names)) == len(names) >= 100
    for name, ours, words in rows:
        assert ours <= rules, f"{name}: no rule {ours - rules}"
        assert ours or words, f"{name}: neither a rule nor a reason"


def test_squawk_has_the_rules_that_the_page_names(tmp_path):
    (tmp_path / "statement.sql").write_text("SELECT 1;\n")
    names = [name for number in (0, 1) for name, _, _ in table("squawk", number)]
    assert squawk(tmp_path, ["statement.sql"], f"--exclude={','.join(names)}") == {"statement.sql": set()}
