"""`apus wait`: what an init container sees while a database comes up and is migrated."""

import json
import threading

from golden import Transcript

HOUSES = ("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id INTEGER PRIMARY KEY);", "DROP TABLE houses;")
ROOMS = ("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id INTEGER);", "DROP TABLE rooms;")


def test_what_wait_says(sqlite):
    sqlite.migration(*HOUSES)
    sqlite.migration(*ROOMS)
    script = Transcript(sqlite)
    script.run("wait", "--timeout", "0")
    script.run("wait", "--timeout", "0", DATABASE_URL="sqlite:nowhere/test.db")
    sqlite.apus("migrate", "1.0.0")
    for command in ["wait 1.0.0 --timeout 0", "wait --timeout 0", "wait 2.0.0 --timeout 0"]:
        script.run(*command.split())
    sqlite.apus("migrate")
    script.run("wait")
    script.run("wait", "--json")
    script.run("wait", "1.x")
    script.check("wait")


def test_wait_sees_a_database_come_up_and_be_migrated(project):
    """Each change is told once, and the end comes with the last migration."""
    project.migration(*HOUSES)
    project.migration(*ROOMS)
    process = project.start("wait", "--timeout", "60s")
    lines = []

    def read():
        for line in process.stderr:
            lines.append(line)

    reader = threading.Thread(target=read)
    assert process.stdout.readline()
    reader.start()
    project.apus("migrate", "1.0.0")
    project.apus("migrate")
    process.wait(timeout=30)
    reader.join()
    assert process.returncode == 0
    assert process.stdout.read().startswith("Ready: database 1.1.0 after ")
    assert lines[0] == "waiting: 2 pending: 1.0.0 houses, 1.1.0 rooms (the database is empty)\n"
    assert len(set(lines)) == len(lines) <= 4


def test_a_refusal_is_an_event_as_well(sqlite):
    sqlite.migration(*HOUSES)
    sqlite.query("CREATE TABLE others (id INTEGER);")
    result = sqlite.apus("migrate", "--json-stream", expecting=7)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events] == ["refused"]
    assert events[0]["format"] == "apus.event/1"
    assert [problem["code"] for problem in events[0]["problems"]] == ["tables-without-history"]
    assert events[0]["exit"] == 7
    assert "error[tables-without-history]" in result.stderr
