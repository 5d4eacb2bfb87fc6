"""docs/reliability.md: every failure that is listed has a proof, and every proof is there and bears its id."""

import re
from functools import cache

import pytest

from conftest import ROOT

DOCUMENT = ROOT / "docs/reliability.md"
IDS = [*(f"F{number}" for number in range(1, 82)), *(f"W{number}" for number in range(1, 14))]
ROW = re.compile(r"^\| ([FW]\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
#: A file, and the test in it; a page of figures stands alone.
PROOF = re.compile(r"\[([^]]+)\]\(([^)]+)\)(?: `([^`]+)`)?")

ROWS = {row[1]: row[4] for row in ROW.finditer(DOCUMENT.read_text())}


def test_every_failure_is_listed_once_and_in_order():
    assert [row[1] for row in ROW.finditer(DOCUMENT.read_text())] == IDS


@cache
def named_in(path):
    """The tests of a file, and what each says of itself: its name, and for Python its doc line and the
    file's."""
    text = path.read_text()
    if path.suffix == ".py":
        whole = re.match(r'"""(.*?)"""', text, re.DOTALL)
        found = {}
        for match in re.finditer(r'^def (test_\w+)\(.*?\):\n(?:    """(.*?)""")?', text, re.MULTILINE | re.DOTALL):
            found[match[1]] = " ".join([match[1], match[2] or "", whole[1] if whole else ""])
        return found
    # A function, a suite, or a sentence of the conformance tests with a name of its own.
    names = re.findall(
        r'func `([^`]+)`|(?:struct|class) `([^`]+)`|@(?:Suite|Test)\(\s*"([^"]+)"|case \w+ =\s*"([^"]+)"', text)
    return {name: name for groups in names for name in groups if name}


def bears(identifier, text):
    return re.search(rf"(?<![A-Za-z0-9]){identifier}(?!\d)", text, re.IGNORECASE) or re.search(
        rf"_{identifier.lower()}_", text)


@pytest.mark.parametrize("identifier", IDS)
def test_every_proof_is_there_and_bears_the_id(identifier):
    proofs = PROOF.findall(ROWS[identifier])
    named = [(file, path, test) for file, path, test in proofs if test]
    assert named, f"{identifier} has no proof"
    for file, path, test in proofs:
        there = (DOCUMENT.parent / path).resolve()
        assert there.is_file() and there.name == file, path
        if test:
            tests = named_in(there)
            assert test in tests, f"{path} has no test {test}"
            assert bears(identifier, tests[test]), f"{test} does not bear {identifier}"
    assert re.sub(PROOF, "", ROWS[identifier]).replace("<br>", "").strip() == "", ROWS[identifier]


def test_an_id_that_a_test_bears_is_listed():
    """The other way round, so that a test with a new id is not forgotten."""
    for folder in ("Tests", "Sources/ApusTesting"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".swift") and path.name != "test_reliability.py":
                for name in named_in(path):
                    for found in re.findall(r"(?<![A-Za-z0-9])([FW]\d+)(?![\w])", name):
                        assert found in IDS, f"{path.name}: {name}"
