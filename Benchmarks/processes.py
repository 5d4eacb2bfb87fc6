"""Whole processes: how they are started, how long they take and how much memory they need."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field

#: Nothing is waited for longer, in seconds.
PATIENCE = 60


@dataclass(frozen=True)
class Command:
    """A process: its arguments, and what its environment has besides ours."""

    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)


class TookTooLong(Exception):
    pass


class Failed(Exception):
    pass


def timed(command, folder, patience=PATIENCE, memory=False):
    """Seconds of a whole process, and the most memory in MiB that one of its processes had."""
    arguments = command.arguments
    peak = folder / "peak"
    if memory:
        arguments = ["/usr/bin/time", "-q", "-f", "%M", "-o", str(peak), *arguments]
    with (folder / "output").open("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   env={**os.environ, **command.environment}, start_new_session=True)
        # Not with a limit of its own: Python would look only every 50 ms whether the process has ended.
        is_late = threading.Event()
        timer = threading.Timer(patience, lambda: (is_late.set(), os.killpg(process.pid, signal.SIGKILL)))
        timer.start()
        status = process.wait()
        seconds = time.perf_counter() - start
        timer.cancel()
        if is_late.is_set():
            raise TookTooLong
        if status != 0:
            output.seek(0)
            raise Failed(f"{' '.join(command.arguments[:4])} ended with {status}: {output.read()[-600:]}")
    return seconds, int(peak.read_text()) / 1024 if memory else None
