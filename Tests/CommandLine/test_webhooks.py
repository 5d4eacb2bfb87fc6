"""Webhooks are told of what commands do, and not only of what the page does."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

SECRET = "of the chat"


class Receiver:
    """A server on loopback that keeps what it is told."""

    def __init__(self, status=204):
        self.told = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((self.headers, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def events(self):
        return [json.loads(body)["event"] for _, body in self.told]

    def configuration(self, environment="development"):
        return (
            f"environment: {environment}\nweb:\n  webhooks:\n    chat:\n"
            f"      url: http://127.0.0.1:{self.server.server_port}/hook\n"
            "      private: true\n      secret_variable: CHAT_SECRET\n")


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def test_a_run_of_the_command_line_is_told_signed(project, receiver):
    project.write("apus.yaml", receiver.configuration())
    project.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer);")
    project.apus("migrate", CHAT_SECRET=SECRET)
    assert sorted(receiver.events) == ["run-started", "run-succeeded"]
    for headers, body in receiver.told:
        time, signature = headers["X-Apus-Signature"].split(",")
        seal = hmac.new(SECRET.encode(), time.removeprefix("t=").encode() + b"." + body, hashlib.sha256)
        assert signature == f"v1={seal.hexdigest()}"
        assert json.loads(body)["run"] == 1


def test_a_run_that_fails_is_told_with_its_code(project, receiver):
    project.write("apus.yaml", receiver.configuration())
    project.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer, FROM);")
    project.apus("migrate", expecting=3, CHAT_SECRET=SECRET)
    failed = [json.loads(body) for _, body in receiver.told if b"run-failed" in body]
    assert [event["code"] for event in failed] == ["statement-failed"]


def test_a_backup_that_fails_is_told(project, receiver):
    project.write("apus.yaml", receiver.configuration() + "backup_command: exit 3\n")
    project.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer);")
    project.apus("migrate", "--no-backup", CHAT_SECRET=SECRET)
    receiver.told.clear()
    project.apus("backup", expecting=1, CHAT_SECRET=SECRET)
    assert receiver.events == ["backup-failed"]


def test_an_address_that_answers_500_neither_stops_a_run_nor_keeps_it_for_long(project):
    with Receiver(500) as receiver:
        project.write("apus.yaml", receiver.configuration())
        project.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer);")
        done = project.apus("migrate", CHAT_SECRET=SECRET)
        assert "a webhook answered 500" in done.stderr
        assert len(receiver.told) > 2, "it was not tried again"


def test_in_production_a_webhook_without_its_secret_is_a_warning(project, receiver):
    project.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer);")
    project.write("apus.yaml", receiver.configuration("production"))
    done = project.apus("migrate", "--yes")
    assert "webhook chat: the variable CHAT_SECRET, which holds its secret, is not set" in done.stderr
    project.write("apus.yaml", receiver.configuration())
    assert "CHAT_SECRET" not in project.apus("migrate").stderr
    assert receiver.told == []


def test_what_the_schedule_did_not_run_is_told(project, receiver):
    """An entry whose window went by, and one whose plan is another by now."""
    project.write("apus.yaml", receiver.configuration())
    project.migration("20250101_000000_1.0.0_houses", "CREATE TABLE houses (id integer);", "DROP TABLE houses;")
    prefix = "apus_" if project.engine == "sqlite" else "apus."
    project.apus("migrate", "--no-backup")
    project.migration("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id integer);", "DROP TABLE rooms;")
    project.apus("schedule", "migrate", "--at", "+2h")
    project.query(f"UPDATE {prefix}schedule SET not_before = '2025-01-01T00:00:00.000000Z',"
                  " not_after = '2025-01-01T01:00:00.000000Z'")
    project.apus("run-due", expecting=None, CHAT_SECRET=SECRET)
    [(_, body)] = receiver.told
    missed = json.loads(body)
    assert (missed["event"], missed["code"]) == ("schedule-missed", "schedule-missed")
    assert missed["by"]
    receiver.told.clear()

    project.apus("schedule", "migrate", "--at", "+2h")
    project.query(f"UPDATE {prefix}schedule SET not_before = '2025-01-01T00:00:00.000000Z' WHERE state = 'waiting'")
    project.migration("20250102_000000_1.1.0_rooms", "CREATE TABLE rooms (id integer, name text);",
                      "DROP TABLE rooms;")
    project.apus("run-due", expecting=None, CHAT_SECRET=SECRET)
    [(_, body)] = receiver.told
    refused = json.loads(body)
    assert (refused["event"], refused["code"]) == ("schedule-refused", "plan-changed")
    assert "rooms" not in [table for row in project.query(
        "SELECT name FROM sqlite_master" if project.engine == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") for table in row]
