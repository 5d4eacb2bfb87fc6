"""F18: a wrong password is one attempt: more of them lock accounts, and fill the server's log."""

from urllib.parse import urlsplit

from CommandLine.conftest import server
from Faults.databases import through
from Faults.wire import Proxy


def test_a_wrong_password_is_tried_once(sqlite):
    url = server("15")
    with Proxy(urlsplit(url).port) as proxy:
        wrong = through(url, proxy.port).replace(":apus-test@", ":canary-word@")
        for command in ["status", "migrate"]:
            before = proxy.connections
            result = sqlite.apus(command, expecting=8, DATABASE_URL=wrong)
            assert proxy.connections == before + 1
            assert "authentication-failed" in result.stderr
            assert "canary-word" not in result.stdout + result.stderr
