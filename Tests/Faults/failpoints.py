"""The numbered failpoints of a debug build: listing them, and ending or holding a process at one."""

import time
from pathlib import Path


def recorded(log):
    """The names of the points that a process passed, in order; the first has number 1."""
    path = Path(log)
    if not path.exists():
        return []
    return [line.split(" ", 1)[1] for line in path.read_text().splitlines()]


def listing(log):
    """Environment variables: list the points in a file."""
    return {"APUS_FAILPOINTS_LOG": str(log)}


def killing(number, log):
    """Environment variables: end the process with SIGKILL at a point's number."""
    return {**listing(log), "APUS_FAILPOINTS_KILL": str(number)}


def pausing(name, until, log):
    """Environment variables: hold the process at the first point of a name until a file is there."""
    return {**listing(log), "APUS_FAILPOINTS_PAUSE": f"{name}:{until}"}


def wait_for(name, log, process):
    """Waits until a process has reached a point."""
    deadline = time.monotonic() + 60
    while name not in recorded(log):
        assert process.poll() is None, f"ended before {name}: {process.communicate()}"
        assert time.monotonic() < deadline, f"{name} was not reached"
        time.sleep(0.005)
