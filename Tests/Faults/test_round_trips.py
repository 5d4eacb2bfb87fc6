"""A look at a database asks twice: who it is, and how it stands."""

from urllib.parse import urlsplit

import pytest

from Faults.databases import VERSIONS, new_project, through
from Faults.wire import Fault, Proxy


@pytest.mark.parametrize("version", VERSIONS)
def test_a_look_takes_one_connection_and_two_messages(tmp_path, version):
    with (new_project(tmp_path, f"postgres-{version}") as project,
          Proxy(urlsplit(project.url).port) as proxy):
        url = through(project.url, proxy.port)

        def asked(*words):
            """The queries of a command, and how many connections it had."""
            proxy.arm(Fault())
            project.apus(*words, DATABASE_URL=url)
            # A query (Q), or the end of a flight (S).
            return (sum(message.sender == "the client" and message.kind in "QS" for message in proxy.messages),
                    proxy.connections)

        project.migration("20250101_000000_1.0.0_first", "CREATE TABLE first (id integer);", "DROP TABLE first;")
        project.apus("migrate", "--no-backup")
        assert asked("status") == (2, 1)
        assert asked("migrate", "--no-backup") == (2, 1)
        assert asked("status", "--json") == (2, 1)
