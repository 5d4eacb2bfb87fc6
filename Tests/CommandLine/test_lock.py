"""`apus lock`: what it writes, what it refuses, and that git sees two branches that both add a migration."""

import hashlib
import re
import subprocess

import pytest

from conftest import ROOT, clean_environment
from golden import Transcript

UP_DOWN = ("CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")


@pytest.fixture
def two(sqlite):
    sqlite.migration("20250101_000000_1.0.0_houses", *UP_DOWN)
    sqlite.migration("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id INTEGER);", "DROP TABLE rooms;")
    return sqlite


def test_what_lock_says(two):
    path = two.folder / "migrations/20250102_000000_1.1.0_rooms.sql"
    script = Transcript(two)
    for command in ["verify --files --locked", "lock", "lock", "verify --files --locked",
                    "create-migration 9.1.0 more"]:
        script.run(*command.split())
    next((two.folder / "migrations").glob("*9.1.0*")).unlink()
    path.write_text(path.read_text().replace("rooms (id", "rooms (number"))
    two.migration("20250103_000000_1.2.0_more", "SELECT 1;")
    (two.folder / "migrations/20250101_000000_1.0.0_houses.sql").unlink()
    for command in ["plan", "migrate", "status --exit-code", "verify", "verify --files --format github",
                    "lock", "plan"]:
        script.run(*command.split())
    script.check("lock")


def test_lock_files_that_cannot_be_read(two):
    two.apus("lock")
    lock = two.folder / "migrations/migrations.lock"
    good = lock.read_text()
    lines = good.splitlines(keepends=True)
    script = Transcript(two)
    for text in [
        "".join(lines[:3]) + "<<<<<<< HEAD\n" + lines[3] + "=======\n" + lines[4] + ">>>>>>> theirs\n",
        good[:-30], "", "apus-lock 2\n", "# something else\n", good + lines[4],
        "".join(lines[:3] + [lines[4], lines[3]]),
    ]:
        lock.write_text(text)
        script.run("migrate")
    script.run("lock")
    lock.write_text("<<<<<<< HEAD\n")
    script.run("lock", "--json")
    lock.write_text("apus-lock 2\n")
    script.run("lock")
    script.check("lock-invalid")


def test_each_engine_has_a_lock_of_its_own(guest_registration):
    locks = guest_registration.apus("lock").stdout
    assert re.findall(r"migrations/\w+/migrations.lock", locks) == [
        "migrations/postgres/migrations.lock", "migrations/sqlite/migrations.lock"]
    guest_registration.apus("verify", "--files", "--locked")
    (guest_registration.folder / "migrations/postgres/migrations.lock").unlink()
    guest_registration.apus("verify", "--files", "--locked", expecting=5)
    # The other engine's folder is none of this database's business.
    guest_registration.apus("verify", "--locked")
    guest_registration.apus("migrate")


def git(folder, *arguments):
    done = subprocess.run(
        ["git", "-c", "user.name=ana", "-c", "user.email=ana@example.org", "-c", "init.defaultBranch=main",
         "-c", "commit.gpgsign=false", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, env=clean_environment(HOME=str(folder)))
    return done


@pytest.mark.parametrize("names", [
    ("20250103_000000_1.2.0_ours", "20250104_000000_1.2.0_theirs"),
    ("20250103_000000_1.2.0_ours", "20250101_120000_1.0.5_theirs"),
    ("20250101_120000_1.0.5_ours", "20250104_000000_1.2.0_theirs"),
], ids=["both last", "theirs before", "ours before"])
def test_two_branches_that_add_a_migration_conflict(two, names):
    ours, theirs = names

    def commit(name):
        two.migration(name, "SELECT 1;")
        two.apus("lock")
        git(two.folder, "add", "migrations")
        assert git(two.folder, "commit", "-m", name).returncode == 0

    assert git(two.folder, "init", "-b", "main").returncode == 0
    commit("20250102_120000_1.1.0_base")
    git(two.folder, "switch", "-c", "theirs")
    commit(theirs)
    git(two.folder, "switch", "main")
    commit(ours)
    merged = git(two.folder, "merge", "theirs")
    assert merged.returncode != 0
    assert "CONFLICT (content): Merge conflict in migrations/migrations.lock" in merged.stdout

    refused = two.apus("migrate", expecting=1)
    assert "holds the marks of a merge conflict" in refused.stderr
    two.apus("lock")
    two.apus("verify", "--files", "--locked")
    two.apus("migrate")


def test_the_lock_is_what_formats_says(two):
    text = (ROOT / "FORMATS.md").read_text()
    example = re.search(r"<!-- example: relock.py -->\n```\w*\n(.*?)```\n", text, re.DOTALL)[1]
    two.apus("lock")
    two.write("relock.py", example)
    computed = subprocess.run(["python3", "relock.py"], cwd=two.folder, capture_output=True, text=True, check=True)
    written = (two.folder / "migrations/migrations.lock").read_text()
    assert [line for line in written.splitlines() if not line.startswith("#")] == computed.stdout.splitlines()
    first = "migrations/20250101_000000_1.0.0_houses.sql"
    checksum = hashlib.sha256((two.folder / first).read_bytes()).hexdigest()
    by_hand = hashlib.sha256(f"apus-lock 1\n{first.split('/')[1]}\n{checksum}\n".encode()).hexdigest()
    assert f"{by_hand}  {first.split('/')[1]}\n" in written
