"""`apus serve` and `apus password` from outside."""

import json
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import EXECUTABLE


class Server:
    """A running `apus serve`, and a browser of sorts that is signed in."""

    def __init__(self, project, *arguments, **environment):
        self.process = project.start("serve", "--port", "0", *arguments, **environment)
        self.link = None
        for line in self.process.stdout:
            found = re.search(r"(http://\S+)", line)
            if found:
                self.link = found.group(1)
                break
        assert self.link, self.process.communicate()[1]
        self.base = re.match(r"http://[^/]+", self.link).group(0)
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def get(self, path, **headers):
        return self.opener.open(urllib.request.Request(self.base + path, headers=headers))

    def status(self, path, **headers):
        try:
            return self.get(path, **headers).status
        except urllib.error.HTTPError as error:
            return error.code

    def sign_in(self):
        return self.opener.open(self.link)

    def form(self, path):
        page = self.get(path).read().decode().split("card confirm")[1]
        return dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page))

    def post(self, path, fields):
        body = urllib.parse.urlencode(fields).encode()
        return self.opener.open(
            urllib.request.Request(self.base + path, data=body, headers={"Origin": self.base}))

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)


@pytest.fixture
def two(project):
    project.migration("20250101_000000_1.0.0_trips", "CREATE TABLE trips (id integer PRIMARY KEY);",
                      "DROP TABLE trips;")
    project.migration("20250102_000000_1.1.0_notes", "ALTER TABLE trips ADD COLUMN note text;",
                      "ALTER TABLE trips DROP COLUMN note;")
    return project


def test_the_link_signs_in_once_and_the_page_runs_what_it_shows(two):
    server = Server(two)
    try:
        assert server.status("/api/migrations") == 401
        assert "Overview" in server.sign_in().read().decode()
        assert server.status(server.link.removeprefix(server.base)) == 410
        run = server.post("/admin/migrations/runs", server.form("/admin/migrations/plan"))
        assert run.url.endswith("/admin/migrations/runs/1")
        deadline = time.monotonic() + 60
        while json.load(server.get("/api/runs/1"))["status"] == "running":
            assert time.monotonic() < deadline
        assert json.load(server.get("/api/version"))["database_version"] == "1.1.0"
        assert server.status("/health/ready") == 200
    finally:
        _, errors = server.stop()
    assert server.process.returncode == 0
    assert "outcome=succeeded" in errors
    assert two.apus("status", "--exit-code").returncode == 0


def test_a_run_of_the_command_line_is_seen_in_the_page(two):
    server = Server(two)
    try:
        server.sign_in()
        two.apus("migrate", "1.0.0")
        page = server.get("/admin/migrations").read().decode()
        assert "1.0.0" in page and "applied" in page
        assert "Applies 1 migration: 1.0.0 trips" in server.get("/admin/migrations/runs").read().decode()
    finally:
        server.stop()


def test_no_users_no_other_address(two):
    refused = two.apus("serve", "--host", "0.0.0.0", expecting=1)
    assert "nobody could sign in" in refused.stderr


def test_an_address_that_is_no_name_wants_the_names(two):
    two.write("apus.yaml", f"web:\n  tokens:\n    ci: {{digest: {'ab' * 32}}}\n")
    refused = two.apus("serve", "--host", "0.0.0.0", expecting=1)
    assert "no request would be answered: nobody comes under the name 0.0.0.0" in refused.stderr
    assert "hosts: [NAME]" in refused.stderr


def test_a_port_that_is_taken_is_named(two):
    server = Server(two)
    try:
        port = server.base.rsplit(":", 1)[1]
        refused = two.apus("serve", "--port", port, expecting=1)
        assert "cannot listen at 127.0.0.1" in refused.stderr
    finally:
        server.stop()


def test_users_and_tokens_of_the_configuration(two):
    password = subprocess.run([EXECUTABLE, "password", "--json"], input="correct horse battery\n",
                              capture_output=True, text=True, check=True)
    hash_ = json.loads(password.stdout)["hash"]
    token = json.loads(two.apus("password", "--token", "--json").stdout)
    two.write("apus.yaml", f"""
web:
  hosts: [trips.example]
  https: false
  users:
    ana: {{password: "{hash_}", role: operator}}
  tokens:
    ci: {{digest: "{token['digest']}", scopes: [read]}}
""")
    server = Server(two)
    try:
        bearer = {"Authorization": f"Bearer {token['token']}"}
        assert server.status("/api/migrations", **bearer) == 200
        assert server.status("/api/migrations", Host="evil.example", **bearer) == 421
        assert server.status("/api/migrations", Host="trips.example", **bearer) == 200
        request = urllib.request.Request(
            server.base + "/api/runs", data=b"{}", method="POST",
            headers={**bearer, "Content-Type": "application/json", "Idempotency-Key": "k"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.opener.open(request)
        assert refused.value.code == 403
        page = server.post("/admin/migrations/sign-in",
                           {"name": "ana", "password": "correct horse battery"})
        assert page.url == server.base + "/admin/migrations"
    finally:
        server.stop()


def test_a_short_password_is_refused(two):
    process = two.start("password")
    process.communicate()
    assert process.returncode == 64


SLOW = {
    "sqlite": "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
              "SELECT count(*) AS c FROM n;",
    "postgres": "CREATE TABLE t (c integer); SELECT pg_sleep(600);",
}


def token(server, page, action):
    """The token of the form on a page that sends to an address."""
    body = server.get(page).read().decode().split(f'action="{action}"')[1]
    return re.search(r'name="token" value="([^"]*)"', body).group(1)


def eventually(ask, what):
    """Waits for an answer that holds `what`, and gives it."""
    deadline = time.monotonic() + 60
    while what not in (answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer


@pytest.fixture
def running(project):
    """A server with a run that does not end by itself."""
    project.migration("20250101_000000_1.0.0_slow", SLOW[project.engine], "DROP TABLE t;")
    server = Server(project)
    server.sign_in()
    run = server.post("/admin/migrations/runs", server.form("/admin/migrations/plan"))
    assert run.url.endswith("/runs/1")
    yield server
    if server.process.poll() is None:
        server.stop()


def test_stopping_the_server_ends_its_run_in_order(project, running):
    assert running.status("/api/version") == 200
    assert running.status("/health/live") == 200
    running.stop()
    assert running.process.returncode == 0
    assert "interrupted" in project.apus("runs", "show", "1").stdout


def test_a_client_that_takes_no_more_keeps_no_run_going(project, running):
    port = int(running.base.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as stuck:
        # A request that is never finished keeps its connection open.
        stuck.sendall(b"POST /admin/migrations/theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n")
        running.process.send_signal(signal.SIGTERM)
        eventually(lambda: project.apus("runs", "show", "1").stdout, "interrupted")
        running.process.communicate(timeout=60)
    assert running.process.returncode == 0


def test_a_run_is_stopped_from_the_page(project, running):
    path = "/admin/migrations/runs/1/cancel"
    assert running.post(path, {"token": token(running, path, path)}).status == 200
    eventually(lambda: running.get("/api/runs/1").read().decode(), '"status":"interrupted"')
    assert project.apus("status", "--json").stdout
    audit = running.get("/admin/migrations/audit").read().decode()
    assert "cancel" in audit and "run 1" in audit


def test_w12_on_postgresql_what_cannot_be_audited_is_not_done(project, running):
    """W12"""
    if project.engine == "sqlite":
        pytest.skip("a trigger cannot be made while SQLite's run goes on")
    project.query("""
        CREATE FUNCTION apus.refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE 'no room'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON apus.audit
        FOR EACH ROW EXECUTE FUNCTION apus.refuse();""")
    path = "/admin/migrations/runs/1/cancel"
    with pytest.raises(urllib.error.HTTPError) as refused:
        running.post(path, {"token": token(running, path, path)})
    assert refused.value.code >= 400
    assert json.load(running.get("/api/runs/1"))["status"] == "running"
    running.stop()
    again = Server(project)
    try:
        again.sign_in()
        with pytest.raises(urllib.error.HTTPError) as refused:
            again.post("/admin/migrations/runs", again.form("/admin/migrations/plan"))
        assert refused.value.code >= 400
        assert len(json.load(again.get("/api/runs"))["runs"]) == 1
    finally:
        again.stop()


def test_the_page_shows_who_a_run_waits_for(project):
    if project.engine == "sqlite":
        pytest.skip("SQLite does not tell who holds a lock")
    project.query("CREATE TABLE trips (id integer PRIMARY KEY);")
    project.migration("20250101_000000_1.0.0_notes", "ALTER TABLE trips ADD COLUMN note text;",
                      "ALTER TABLE trips DROP COLUMN note;")
    project.apus("baseline", "0.0.0")
    blocker = project.client("BEGIN; LOCK TABLE trips IN ACCESS SHARE MODE")
    server = Server(project, APUS_LOCK_TIMEOUT="0")
    try:
        server.sign_in()
        run = server.post("/admin/migrations/runs", server.form("/admin/migrations/plan"))
        number = run.url.rsplit("/", 1)[1]
        page = eventually(lambda: server.get(f"/admin/migrations/runs/{number}").read().decode(),
                          "Waiting for a lock")
        assert "ALTER TABLE trips" in page and "idle in transaction" in page
        assert "somebody else" in page and "pg_terminate_backend" in page
        activity = json.load(server.get(f"/api/runs/{number}"))["activity"]
        assert activity["blockers"][0]["application"] == "somebody else"
        eventually(lambda: re.sub(r"apus_lock_wait_seconds (?!0\n)", "it waits ",
                                  server.get("/metrics").read().decode()), "it waits ")
        blocker.stdin.close()
        blocker.wait()
        eventually(lambda: server.get(f"/api/runs/{number}").read().decode(), '"status":"succeeded"')
    finally:
        blocker.kill()
        server.stop()
