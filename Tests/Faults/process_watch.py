"""Looks at every process of the machine, again and again, for a text that must not be there."""

import os
import threading
from pathlib import Path


class ProcessWatch(threading.Thread):
    """Reads arguments and environments of all processes until its block ends."""

    def __init__(self, needles, may_know):
        """`may_know`: the programs in whose environment the text may stand."""
        super().__init__(daemon=True)
        self.needles = [needle.encode() for needle in needles]
        self.may_know = may_know
        self.hits = set()
        #: The programs that were seen, and those that had the text in their environment.
        self.seen, self.knowing = set(), set()
        self.looks = 0
        self._is_done = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._is_done.set()
        self.join()

    def run(self):
        while not self._is_done.is_set():
            for folder in Path("/proc").iterdir():
                if folder.name.isdigit():
                    self._look(folder)
            self.looks += 1

    def _look(self, folder):
        try:
            program = os.path.basename(os.readlink(folder / "exe"))
            self.seen.add(program)
            if self._has(folder / "cmdline"):
                self.hits.add(f"arguments of {program}")
            if self._has(folder / "environ"):
                self.knowing.add(program)
                if program not in self.may_know:
                    self.hits.add(f"environment of {program}")
        except OSError:
            pass  # It has ended, or is none of ours.

    def _has(self, file):
        content = file.read_bytes()
        return any(needle in content for needle in self.needles)
