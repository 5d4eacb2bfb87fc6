"""Golden files: what commands print, word for word, with what differs from run to run replaced."""

import difflib
import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "goldens"
RECORDS = os.environ.get("RECORD_GOLDENS") == "1"

# In this order: the longer patterns first.
REPLACEMENTS = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
    (r"\d{8}T\d{6}Z", "<stamp>"),
    # Of two backups in one second.
    (r"(?<=_manual)-\d+(?=\.)", ""),
    (r"(?<=_replaced_)\d{8}_\d{6}(_\d+)?", "<now>"),
    (r"\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d", "<moment>"),
    (r"\b20(2[6-9]|[3-9]\d)\d{4}_\d{6}\b", "<now>"),
    (r"\b20(2[6-9]|[3-9]\d)\d{4}_\d{6}(?=_)", "<now>"),
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"\b[0-9a-f]{12}(?=…)", "<sha>"),
    (r"(?<=Digest )[0-9a-f]{12}", "<digest>"),
    (r"apus_[0-9a-f]{12}", "<database>"),
    (r"\b(pid|process) \d+", r"\1 <pid>"),
    (r"\b\d+ (s|min|h|days) old\b", "<age> old"),
    (r"127\.0\.0\.1(:|\", port )\d+", "127.0.0.1:<port>"),
    (r"SQLite 3\.[0-9.]+", "SQLite <version>"),
    (r"PostgreSQL 1\d[0-9.]*( \([^)]*\))?", "PostgreSQL <version>"),
    (r"\b\d+ min \d+ s\b|\b\d+\.\d\d s\b", "<duration>"),
    (r"\b\d+\.\d (KB|MB|GB|TB)\b", "<size>"),
    (r'("\w*_seconds" ?: ?)[0-9.e-]+', r"\1<seconds>"),
    (r'(?<= time=")\d+\.\d{3}(?=")', "<seconds>"),
    (r"(?<=rehearsal[-_])[0-9a-f]{12}\b", "<id>"),
    (r'("bytes" ?: ?)\d+', r"\1<bytes>"),
    (r"(?<=as database user )[\w.-]+", "<user>"),
    (r"[\w.-]+@[\w.-]+", "<person>"),
]


def normalised(text, project):
    text = text.replace(str(project.folder), "<folder>")
    for pattern, replacement in REPLACEMENTS:
        text = re.sub(pattern, replacement, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


class Transcript:
    """Commands and what they printed, in the order in which they were run."""

    def __init__(self, project):
        self.project = project
        self.lines = []

    def run(self, *arguments, **environment):
        result = self.project.apus(*arguments, expecting=None, **environment)
        self.lines.append(normalised(f"$ apus {' '.join(arguments)}", self.project))
        for stream, text in (("", result.stdout), ("! ", result.stderr)):
            if text:
                shown = normalised(text, self.project)
                self.lines += [(stream + line).rstrip() for line in shown.splitlines()]
        self.lines += [f"exit {result.returncode}", ""]
        return result

    def check(self, name):
        """Compares with the golden file; RECORD_GOLDENS=1 rewrites it and fails all the same."""
        path = FOLDER / f"{name}.txt"
        text = "\n".join(self.lines)
        if RECORDS:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            raise AssertionError(f"recorded {path.name}: look at it, then run without RECORD_GOLDENS")
        assert path.exists(), f"no golden file {path.name}: RECORD_GOLDENS=1 writes it"
        golden = path.read_text()
        difference = "\n".join(difflib.unified_diff(
            golden.splitlines(), text.splitlines(), path.name, "now", lineterm=""))
        assert text == golden, difference
