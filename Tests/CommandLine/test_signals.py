"""F9: the first signal stops a run in order, with the code that shells use for it."""

import signal
import time

import pytest


def wait_until_asleep(project, process):
    """Until the migration's statement runs on the server: asked again, for at most 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        if project.query("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(%'"
                         " AND datname = current_database()") == [["1"]]:
            return
        time.sleep(0.05)
    raise AssertionError("the statement never ran")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
                         ids=["SIGINT", "SIGTERM"])
def test_a_signal_cancels_on_the_server_and_rolls_back(postgres, number, code):
    postgres.migration("20250101_000000_1.0.0_slow",
                       "CREATE TABLE slow (id integer);\nSELECT pg_sleep(300);", "DROP TABLE slow;")
    process = postgres.start("migrate")
    wait_until_asleep(postgres, process)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert "rolled back. The database is still empty; nothing to repair." in errors
    assert postgres.query("SELECT to_regclass('slow') IS NULL, count(*) FROM apus.migrations") == [
        ["t", "0"]]
    assert postgres.query("SELECT status FROM apus.runs") == [["interrupted"]]
