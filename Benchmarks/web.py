"""The figures of the admin page, and of an application that mounts it.

    scripts/bench web       builds a release and runs this
    python3 web.py --quick  smaller work, to see that it runs

Needs what core.py needs, the example's application in APUS_BENCH_HOST_EXECUTABLE, and wrk. Prints a
table; `--write FILE` also writes it.
"""

import argparse
import contextlib
import hashlib
import http.client
import http.cookiejar
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from core import EXECUTABLE, Database, psql, ratio, run, small_migrations, spread, table

HOST_EXECUTABLE = os.environ["APUS_BENCH_HOST_EXECUTABLE"]
EXAMPLE = Path(__file__).resolve().parents[1] / "Examples/GuestRegistration"


class Server:
    """A server for as long as a `with` block lasts, and a browser of sorts."""

    def __init__(self, command, folder, url):
        self.log = (Path(folder) / "server.log").open("w")
        self.process = subprocess.Popen(
            [*command, "--port", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=self.log,
            text=True, env={**os.environ, "DATABASE_URL": url})
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"(http://([^/]+))\S*", line):
                self.link, self.base, self.address = found[0], found[1], found[2]
                break
        else:
            sys.exit(f"{command} did not start: see {self.log.name}")
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)
        self.log.close()

    def get(self, path):
        return self.opener.open(self.base + path).read().decode()

    def post(self, path, fields):
        body = urllib.parse.urlencode(fields).encode()
        request = urllib.request.Request(self.base + path, body, {"Origin": self.base})
        return self.opener.open(request)

    @property
    def cookies(self):
        jar = next(h.cookiejar for h in self.opener.handlers if hasattr(h, "cookiejar"))
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)

    @property
    def memory(self):
        """Anonymous memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024


def latencies(server, path, count, pause=0.0):
    """Seconds of each of so many requests over one connection, one after the other."""
    connection = http.client.HTTPConnection(server.address)
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        connection.request("GET", path, headers={"Cookie": server.cookies})
        answer = connection.getresponse()
        answer.read()
        seconds.append(time.perf_counter() - start)
        assert answer.status == 200, answer.status
        time.sleep(pause)
    return seconds


def overview_and_version(count, requests, seconds):
    with tempfile.TemporaryDirectory() as folder, Database() as url:
        small_migrations(folder, count)
        run([EXECUTABLE, "migrate", "--no-backup", "-q"], folder, DATABASE_URL=url)
        with Server([EXECUTABLE, "serve"], folder, url) as server:
            server.opener.open(server.link)
            latencies(server, "/admin/migrations", 20)
            taken = [second * 1000 for second in latencies(server, "/admin/migrations", requests)]
            overview = [f"overview, {count} migrations applied, ms", spread(taken), "", "", "", "≤ 30 ms"]
            done = subprocess.run(
                ["wrk", "-t2", "-c16", f"-d{seconds}s", server.base + "/api/version"],
                capture_output=True, text=True, check=True).stdout
    if re.search(r"Non-2xx", done):
        sys.exit(f"not every request was answered:\n{done}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])
    return [overview, [f"`/api/version`, requests a second, wrk beside it for {seconds} s",
                       f"{rate:.0f}", "", "", "", "≥ 2000"]]


def streams(count):
    """What open event streams of a run that goes on add to a server's memory."""
    per_session = 8
    tokens = [secrets.token_hex(16) for _ in range(-(-count // per_session))]
    with tempfile.TemporaryDirectory() as folder, Database() as url, contextlib.ExitStack() as stack:
        folder = Path(folder)
        (folder / "migrations").mkdir()
        (folder / "migrations/20250101_000000_1.0.0_long.sql").write_text(
            "-- Up Migration\nSELECT pg_sleep(600);\n-- Down Migration (Rollback)\nSELECT 1;\n")
        (folder / "apus.yaml").write_text("web:\n  tokens:\n" + "".join(
            f"    t{number}: {{digest: \"{hashlib.sha256(token.encode()).hexdigest()}\", scopes: [read]}}\n"
            for number, token in enumerate(tokens)))
        with Server([EXECUTABLE, "serve"], folder, url) as server:
            going = subprocess.Popen(
                [EXECUTABLE, "migrate", "--no-backup", "-q"], cwd=folder, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env={**os.environ, "DATABASE_URL": url})
            deadline = time.monotonic() + 60
            while not psql(url, "SELECT to_regclass('apus.runs') IS NOT NULL")[1].startswith("t") or \
                    psql(url, "SELECT count(*) FROM apus.runs")[1].strip() == "0":
                assert time.monotonic() < deadline
            name, port = server.address.split(":")

            def open_stream(number):
                stream = stack.enter_context(socket.create_connection((name, int(port))))
                stream.sendall(
                    f"GET /api/runs/1/events HTTP/1.1\r\nHost: {server.address}\r\n"
                    f"Authorization: Bearer {tokens[number // per_session]}\r\n\r\n".encode())
                head = stream.recv(65536)
                assert b"200" in head.split(b"\r\n", 1)[0], head
                return stream

            open_stream(0).recv(65536)
            before = server.memory
            opened = [open_stream(number) for number in range(1, count)]
            for stream in opened:
                # The first event: each of them is really told something.
                stream.recv(65536)
            after = server.memory
            going.terminate()
            going.wait()
    return [f"memory that {count} open event streams add, MiB", f"{after - before:.1f}", "", "", "", "< 50 MB"]


def host_while_migrating(rounds, requests):
    """An application's slowest hundredth of requests: at rest, while a migration runs in it, and while
    psql does the same beside it, which shows how much of it is the server's own work."""
    def p99(values):
        return statistics.quantiles(values, n=100)[98] * 1000

    busy, rest, beside = [], [], []
    with tempfile.TemporaryDirectory() as folder, Database() as url:
        folder = Path(folder) / "example"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("Server", "backups", "*.db*"))
        # As it was at 1.1.0: what this adds comes next, and is no more than it seems.
        for path in folder.glob("*/*/*.sql"):
            if re.search(r"(^|_)(1\.[23]|2\.0)\.0_", path.name):
                path.unlink()
        run([EXECUTABLE, "migrate", "--no-backup", "-q"], folder, DATABASE_URL=url)
        run(["psql", "-X", "-q", "-d", url, "-v", "ON_ERROR_STOP=1", "-f", "seed/postgres.sql"], folder)
        settings = (folder / "apus.yaml").read_text().replace("backup: always", "backup: never")
        (folder / "apus.yaml").write_text(re.sub("(?m)^target:.*\n", "", settings))
        with Server([HOST_EXECUTABLE], folder, url) as server:
            name, password = re.search(r"as (\S+) \(operator\): (\S+)", server.said).groups()
            server.post("/sign-in", {"name": name, "password": password})
            latencies(server, "/", 200)
            for number in range(1, rounds + 1):
                version = f"1.2.{number}"
                up = filling(f"reports_{number}", 80 + requests // 4)
                (folder / f"migrations/postgres/20250301_000000_{version}_reports_{number}.sql").write_text(
                    f"-- Up Migration\n{up}\n-- Down Migration (Rollback)\nDROP TABLE reports_{number};\n")
                rest.append(p99(latencies(server, "/", requests, 0.005)))
                script = folder / "beside.sql"
                script.write_text(f"BEGIN;\n{filling(f'beside_{number}', 80 + requests // 4)}\nCOMMIT;\n")
                with subprocess.Popen(
                        ["psql", "-X", "-q", "-d", url, "-v", "ON_ERROR_STOP=1", "-f", script],
                        stdout=subprocess.DEVNULL) as other:
                    beside.append(p99(latencies(server, "/", requests, 0.005)))
                    assert other.poll() is None, "it was over too early"
                assert other.returncode == 0
                form = server.get("/admin/migrations/plan").split("card confirm")[1]
                fields = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
                place = server.post("/admin/migrations/runs", fields).url
                at = place.removeprefix(server.base)
                path = at.replace("/admin/migrations/", "/api/")
                busy.append(p99(latencies(server, "/", requests, 0.005)))
                assert '"status":"running"' in server.get(path).replace(" ", ""), "it was over too early"
                while '"status":"running"' in server.get(path).replace(" ", ""):
                    time.sleep(0.1)
    return [
        ["the application's list of trips while a migration runs in it, p99, ms", spread(busy),
         "at rest", spread(rest), ratio(busy, rest), "≤ 1.10"],
        ["the same while psql does it beside the application, p99, ms", spread(beside),
         "at rest", spread(rest), ratio(beside, rest), ""],
    ]


def filling(table, batches):
    """SQL that fills a table of its own, a hundred rows each twentieth of a second: no lock on what the
    pages read."""
    return f"CREATE TABLE {table} (id bigint PRIMARY KEY, text text, at timestamptz);\n" + "".join(
        f"INSERT INTO {table} SELECT {batch}00 + n, repeat('x', 200), now() "
        f"FROM generate_series(1, 100) AS n;\nSELECT pg_sleep(0.05);\n" for batch in range(batches))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    options = parser.parse_args()
    quick = options.quick
    rounds = 2 if quick else 7
    rows = overview_and_version(50 if quick else 1000, 50 if quick else 400, 2 if quick else 10)
    rows.append(streams(20 if quick else 200))
    rows += host_while_migrating(rounds, 100 if quick else 1000)
    text = table(rows, rounds)
    print(text)
    if options.write:
        Path(options.write).write_text(f"# Results of the admin page\n\n{text}")


if __name__ == "__main__":
    main()
