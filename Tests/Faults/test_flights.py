"""Steps that need nothing in between wait for the server once, however many statements they have."""

from urllib.parse import urlsplit

import pytest

from Faults.databases import VERSIONS, new_project, through
from Faults.wire import Fault, Proxy


@pytest.mark.parametrize("version", VERSIONS)
def test_more_statements_are_no_more_waits(tmp_path, version):
    """The server says each time that it is ready for more (Z): so often somebody waited for it."""
    with (new_project(tmp_path, f"postgres-{version}") as project,
          Proxy(urlsplit(project.url).port) as proxy):
        url = through(project.url, proxy.port)

        def waits(*words):
            proxy.arm(Fault())
            project.apus(*words, "--no-backup", DATABASE_URL=url)
            return sum(message.kind == "Z" for message in proxy.messages)

        project.migration("20250101_000000_1.0.0_first", "CREATE TABLE first (id integer);",
                          "DROP TABLE first;")
        project.apus("migrate", "--no-backup")
        for step, statements in enumerate((1, 2, 50), start=1):
            names = [f"t{step}_{number}" for number in range(statements)]
            project.migration(
                f"20250101_00000{step}_1.{step}.0_step",
                "\n".join(f"CREATE TABLE {name} (id integer);" for name in names),
                "\n".join(f"DROP TABLE {name};" for name in names))
        ups = [waits("migrate", f"1.{step}.0") for step in (1, 2, 3)]
        assert len(set(ups)) == 1, ups
        downs = [waits("rollback", "--steps", "1") for _ in range(3)]
        assert len(set(downs)) == 1, downs


@pytest.mark.parametrize("version", VERSIONS)
def test_more_steps_are_no_more_waits(tmp_path, version):
    """Up, from eleven on: of fewer steps each one's schema is recorded, which is something to wait for."""
    with (new_project(tmp_path, f"postgres-{version}") as project,
          Proxy(urlsplit(project.url).port) as proxy):
        url = through(project.url, proxy.port)

        def waits(*words):
            proxy.arm(Fault())
            project.apus(*words, "--no-backup", DATABASE_URL=url)
            return sum(message.kind == "Z" for message in proxy.messages)

        for number in range(1, 43):
            project.migration(
                f"20250101_0000{number:02d}_1.{number}.0_step", f"CREATE TABLE t{number} (id integer);",
                f"DROP TABLE t{number};")
        project.apus("migrate", "1.1.0", "--no-backup")
        ups = [waits("migrate", f"1.{number}.0") for number in (12, 42)]
        assert len(set(ups)) == 1, ups
        downs = [waits("rollback", "--steps", str(count)) for count in (2, 9, 30)]
        assert len(set(downs)) == 1, downs
