"""What is scheduled runs at its time, once, and only as it was agreed; what nobody confirms is taken back."""

import json
import signal
import sys
import time

import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "Tests/Faults"))
from failpoints import killing, listing, pausing, recorded, wait_for  # noqa: E402


@pytest.fixture
def hello(project):
    """A project at 1.0.0, with 1.1.0 and 1.2.0 pending, each writing to a table without a key."""
    project.migration("20250101_000000_1.0.0_log", "CREATE TABLE log (line text);", "DROP TABLE log;")
    project.apus("migrate", "--no-backup")
    for version in ("1.1.0", "1.2.0"):
        project.migration(
            f"20250102_000000_{version}_line", f"INSERT INTO log VALUES ('up {version}');",
            f"INSERT INTO log VALUES ('down {version}');")
    return project


def lines(project):
    return [row[0] for row in project.query("SELECT line FROM log ORDER BY line")]


def entry(project, number, **environment):
    return json.loads(project.apus("schedule", "show", str(number), "--json", **environment).stdout)


def due(project, codes=(0,)):
    """Runs what is due as soon as something is."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        done = project.apus("run-due", "--json", expecting=None)
        assert done.returncode in (0, *codes), done.stdout + done.stderr
        outcomes = json.loads(done.stdout)["outcomes"]
        if outcomes:
            return done.returncode, outcomes
        time.sleep(0.1)
    raise AssertionError("nothing became due")


def test_what_is_due_is_run_once_by_many_executors(hello):
    hello.apus("schedule", "migrate", "--at", "+1s", "--no-backup")
    deadline = time.monotonic() + 60
    while not lines(hello):
        assert time.monotonic() < deadline
        started = [hello.start("run-due", "--json") for _ in range(4)]
        for process in started:
            output, errors = process.communicate(timeout=120)
            assert process.returncode == 0, output + errors
    assert lines(hello) == ["up 1.1.0", "up 1.2.0"]
    shown = entry(hello, 1)
    assert (shown["state"], shown["run"]) == ("done", 2)
    assert len(json.loads(hello.apus("runs", "list", "--json").stdout)["runs"]) == 2


def test_a_changed_plan_is_not_run(hello):
    hello.apus("schedule", "migrate", "1.1.0", "--at", "+1s", "--no-backup")
    hello.migration("20250102_000000_1.1.0_line", "INSERT INTO log VALUES ('other');")
    code, outcomes = due(hello, codes=(7,))
    assert code == 7
    assert [outcome["problem"]["code"] for outcome in outcomes] == ["plan-changed"]
    assert entry(hello, 1)["state"] == "changed"
    assert lines(hello) == []


def test_a_missed_window_is_reported_and_not_run(hello):
    hello.apus("schedule", "migrate", "--at", "+1s", "--within", "1s", "--no-backup")
    shown = entry(hello, 1)
    deadline = time.monotonic() + 60
    # Its last second has passed when the clock shows a later one.
    while time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) <= shown["not_after"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    code, outcomes = due(hello, codes=(1,))
    assert (code, outcomes[0]["problem"]["code"]) == (1, "schedule-missed")
    assert lines(hello) == []
    said = hello.apus("status").stderr
    assert "warning[schedule-missed]" in said and "apus schedule cancel 1" in said
    assert "schedule-missed" in hello.apus("doctor", "--json", expecting=None).stdout
    hello.apus("schedule", "cancel", "1")
    assert "schedule-missed" not in hello.apus("status").stderr
    assert "it was missed" in entry(hello, 1)["message"]


def test_a_killed_executor_leaves_what_the_next_one_settles(hello, tmp_path):
    """At each point between taking the entry and closing it; nothing is run twice."""
    log, number = tmp_path / "points", 1
    hello.apus("schedule", "migrate", "1.1.0", "--at", "+1s", "--no-backup")
    while not lines(hello):
        points = tmp_path / f"points-{number}"
        done = hello.apus("run-due", expecting=None, **listing(points))
        assert done.returncode == 0
        number += 1
        time.sleep(0.05)
    passed = recorded(points)
    chosen = [index + 1 for index, name in enumerate(passed)
              if name in ("run.claimed", "run.registry-ready", "run.begun", "run.before-step",
                          "run.step-performed", "run.before-end", "run.entry-settled", "run.ended")]
    assert len(chosen) >= 6, passed
    for point in chosen:
        hello.apus("rollback", "1.1.0", "--no-backup", expecting=None)
        hello.query("DELETE FROM log")
        hello.apus("schedule", "migrate", "1.1.0", "--at", "+1s", "--within", "10min", "--no-backup")
        number = max(e["entry"] for e in
                     json.loads(hello.apus("schedule", "list", "--json").stdout)["entries"])
        deadline = time.monotonic() + 60
        while True:
            log.unlink(missing_ok=True)
            killed = hello.apus("run-due", expecting=None, **killing(point, log))
            if killed.returncode == -signal.SIGKILL:
                if "run.claimed" in recorded(log) or "run.registry-ready" in recorded(log):
                    break
            assert time.monotonic() < deadline
            time.sleep(0.05)
        for _ in range(2):
            assert hello.apus("run-due", expecting=None).returncode in (0, 1, 3)
        state = entry(hello, number)["state"]
        assert state in ("done", "failed"), (passed[point - 1], state)
        found = lines(hello)
        assert found.count("up 1.1.0") <= 1
        if state == "done":
            assert found == ["up 1.1.0"]


def test_a_run_that_is_not_confirmed_is_taken_back_by_the_command_itself(hello):
    done = hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1s", expecting=3)
    assert "error[not-confirmed]: run 2 was taken back: nobody confirmed it in time" in done.stderr
    assert lines(hello) == ["down 1.1.0", "down 1.2.0", "up 1.1.0", "up 1.2.0"]
    assert entry(hello, 1)["state"] == "done"


def test_a_run_that_is_confirmed_stays(hello):
    waiting = hello.start("migrate", "--no-backup", "--revert-unless-confirmed", "10min")
    while "apus confirm 2" not in waiting.stdout.readline():
        assert waiting.poll() is None
    hello.apus("confirm", "2")
    output, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 0, output + errors
    assert "and stays." in output
    assert entry(hello, 1)["state"] == "confirmed"
    hello.apus("confirm", "2", expecting=7)
    hello.apus("confirm", "9", expecting=1)
    assert lines(hello) == ["up 1.1.0", "up 1.2.0"]


def test_whoever_stops_waiting_is_told_that_the_entry_waits_on(hello):
    waiting = hello.start("migrate", "--no-backup", "--revert-unless-confirmed", "10min")
    while "apus confirm 2" not in waiting.stdout.readline():
        assert waiting.poll() is None
    waiting.send_signal(signal.SIGINT)
    _, errors = waiting.communicate(timeout=60)
    assert waiting.returncode == 130
    assert "error[interrupted]: stopped waiting for the confirmation of run 2" in errors
    assert "next:  keep it: apus confirm 2" in errors
    assert entry(hello, 1)["state"] == "waiting"


def test_the_document_of_a_run_tells_what_became_of_its_confirmation(hello):
    done = hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1s", "--json", expecting=3)
    document = json.loads(done.stdout)
    assert (document["format"], document["run"]) == ("apus.run/1", 2)
    assert (document["revert"]["state"], document["revert"]["run"]) == ("done", 3)


def test_the_stream_tells_what_became_of_the_confirmation(hello):
    """A run that nobody confirms, and one that is: an event each, before and behind."""
    done = hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1s", "--json-stream", expecting=3)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events if "confirm" in event["event"]] == [
        "awaiting-confirmation", "not-confirmed"]
    last = events[-1]
    assert last["run"] == 2
    assert last["failure"]["code"] == "not-confirmed"
    # The run that took it back has told of itself in between.
    assert [event["run"] for event in events if event["event"] == "run-ended"] == [2, 3]
    waiting = hello.start("migrate", "--no-backup", "--revert-unless-confirmed", "10min", "--json-stream")
    for line in waiting.stdout:
        event = json.loads(line)
        if event["event"] == "awaiting-confirmation":
            hello.apus("confirm", str(event["run"]))
    assert waiting.wait() == 0
    assert event["event"] == "confirmed"


def test_an_unwell_application_takes_the_run_back_at_once(hello):
    done = hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1h", "--health",
                      "echo no answer; exit 1", "--health-every", "1s", expecting=3)
    assert "the health command ended with 1: no answer" in done.stderr
    assert lines(hello) == ["down 1.1.0", "down 1.2.0", "up 1.1.0", "up 1.2.0"]


def test_a_revert_outlives_the_process_that_promised_it(hello):
    """The waiting process is killed; whoever comes when the time is over takes the run back."""
    waiting = hello.start("migrate", "--no-backup", "--revert-unless-confirmed", "2s")
    while "apus confirm 2" not in waiting.stdout.readline():
        assert waiting.poll() is None
    waiting.kill()
    waiting.communicate()
    assert entry(hello, 1)["state"] == "waiting"
    code, outcomes = due(hello)
    assert (code, outcomes[0]["outcome"]) == (0, "done")
    assert lines(hello) == ["down 1.1.0", "down 1.2.0", "up 1.1.0", "up 1.2.0"]


def test_a_run_that_is_killed_midway_is_taken_back_as_far_as_it_came(hello, tmp_path):
    log = tmp_path / "points"
    go = tmp_path / "go"
    running = hello.start("migrate", "--no-backup", "--revert-unless-confirmed", "1s",
                          **pausing("run.step-performed", go, log))
    wait_for("run.step-performed", log, running)
    running.kill()
    running.communicate()
    assert lines(hello) == ["up 1.1.0"]
    code, outcomes = due(hello)
    assert code == 0
    assert lines(hello) == ["down 1.1.0", "up 1.1.0"]


def test_a_revert_that_is_killed_midway_goes_on(hello, tmp_path):
    # Alone: steps that are taken together are undone together, and there is no midway.
    hello.migration("20250102_000000_1.2.0_line", "INSERT INTO log VALUES ('up 1.2.0');",
                    "-- apus: no-transaction\nINSERT INTO log VALUES ('down 1.2.0');")
    hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1s", "--no-wait")
    log, go = tmp_path / "points", tmp_path / "go"
    deadline = time.monotonic() + 60
    while True:
        log.unlink(missing_ok=True)
        executor = hello.start("run-due", **pausing("run.step-performed", go, log))
        while executor.poll() is None and "run.step-performed" not in recorded(log):
            time.sleep(0.005)
        if executor.poll() is None:
            break
        assert time.monotonic() < deadline
    executor.kill()
    executor.communicate()
    assert lines(hello) == ["down 1.2.0", "up 1.1.0", "up 1.2.0"]
    assert entry(hello, 1)["state"] == "running"
    assert due(hello)[0] == 0
    assert lines(hello) == ["down 1.1.0", "down 1.2.0", "up 1.1.0", "up 1.2.0"]
    assert entry(hello, 1)["state"] == "done"


def test_a_revert_whose_time_is_over_waits_for_the_run_to_end(hello, tmp_path):
    """The run takes longer than its confirmation may: its time begins at its end, whoever looks before."""
    go, log = tmp_path / "go", tmp_path / "points"
    running = hello.start("migrate", "--no-backup", "--revert-unless-confirmed", "1s", "--no-wait",
                          **pausing("run.step-performed", go, log))
    wait_for("run.step-performed", log, running)
    deadline = time.monotonic() + 60
    while '"postponed"' not in (told := hello.apus("run-due", "--json", expecting=None).stdout):
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    assert entry(hello, 1)["state"] == "waiting"
    go.touch()
    assert running.wait(timeout=60) == 0, running.communicate()
    code, outcomes = due(hello)
    assert (code, outcomes[0]["outcome"]) == (0, "done")
    assert lines(hello) == ["down 1.1.0", "down 1.2.0", "up 1.1.0", "up 1.2.0"]


def test_a_revert_takes_no_backup_where_the_run_took_none(hello):
    hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1s", "--no-wait")
    assert due(hello)[0] == 0
    assert json.loads(hello.apus("backup", "list", "--json").stdout)["backups"] == []


def test_a_revert_that_cannot_begin_is_tried_again_while_it_has_time(hello):
    hello.apus("migrate", "--revert-unless-confirmed", "1s", "--no-wait")
    hello.write("nowhere", "a file, and no folder for backups")
    deadline = time.monotonic() + 60
    while "message" not in entry(hello, 1):
        hello.apus("run-due", expecting=None, APUS_BACKUPS="nowhere/backups")
        assert time.monotonic() < deadline
        time.sleep(0.1)
    found = entry(hello, 1)
    assert (found["state"], found.get("ended_at")) == ("waiting", None)
    assert lines(hello) == ["up 1.1.0", "up 1.2.0"]


def test_who_undoes_a_run_by_hand_has_nothing_to_confirm(hello):
    hello.apus("migrate", "1.1.0", "--no-backup", "--revert-unless-confirmed", "1h", "--no-wait")
    hello.apus("rollback", "1.1.0", "--no-backup")
    found = entry(hello, 1)
    assert (found["state"], found["message"]) == ("cancelled", "run 2 was undone by run 3")
    hello.apus("migrate", "1.1.0", "--no-backup", "--revert-unless-confirmed", "1h", "--no-wait")


def test_serve_runs_what_is_due(hello):
    hello.apus("schedule", "migrate", "--at", "+1s", "--no-backup")
    server = hello.start("serve", "--port", "0")
    try:
        deadline = time.monotonic() + 60
        while entry(hello, 1)["state"] != "done":
            assert server.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
    assert lines(hello) == ["up 1.1.0", "up 1.2.0"]


def test_what_cannot_be_undone_is_refused_before_it_runs(hello):
    hello.write("migrations/20250103_000000_1.3.0_gone.sql",
                "-- Up Migration\nDELETE FROM log;\n\n"
                "-- Down Migration (Rollback)\n-- apus: irreversible rows are gone\n")
    done = hello.apus("migrate", "--no-backup", "--revert-unless-confirmed", "1h", expecting=7)
    assert "error[irreversible]" in done.stderr
    assert lines(hello) == []
    assert "or migrate without --revert-unless-confirmed" in done.stderr


def test_production_is_asked_when_it_is_scheduled(hello):
    refused = hello.apus("schedule", "migrate", "--at", "+1h", expecting=7,
                         APUS_ENVIRONMENT="production")
    assert "apus schedule migrate … --yes" in refused.stderr
    assert json.loads(hello.apus("schedule", "list", "--json").stdout)["entries"] == []
    hello.apus("schedule", "migrate", "--at", "+1h", "--yes", APUS_ENVIRONMENT="production")


@pytest.mark.parametrize(("arguments", "code"), [
    (("migrate",), 64),
    (("migrate", "--at", "+1h", "--window", "daily 01:00-02:00 UTC"), 64),
    (("migrate", "--window", "daily 01:00-02:00 UTC", "--within", "5s"), 64),
    (("migrate", "--at", "2099-01-01 12:00 Europe/Lubljana"), 64),
    (("migrate", "--at", "2020-01-01T12:00Z"), 7),
    (("migrate", "--at", "2026-03-29 02:30"), 64),
    (("migrate", "--window", "Sun 02:00-02:00 UTC"), 7),
    (("migrate", "--at", "+1h", "--within", "0s"), 7),
    (("rollback", "--at", "+1h"), 64),
    (("rollback", "9.9.9", "--at", "+1h"), 1),
    (("show", "7"), 1),
    (("cancel", "7"), 1),
])
def test_bad_input_schedules_nothing(hello, arguments, code):
    hello.apus("schedule", *arguments, expecting=code)
    assert json.loads(hello.apus("schedule", "list", "--json").stdout)["entries"] == []
