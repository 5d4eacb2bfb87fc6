"""The wire is cut while many steps are on their way at once: F4, F12, F14.

Which of them were committed is asked and never guessed, and those that were are the first ones.
"""

import json
import subprocess
from collections import Counter
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from Faults.databases import EMPTY, UNTIL_ALONE, VERSIONS, new_project, remade, through
from Faults.wire import Fault, Proxy

STEPS = {"up": 12, "down": 3}
KINDS = ("cut", "half", "reset")

#: The steps by the history, and by each thing that they make.
APPLIED = UNTIL_ALONE + """
SELECT 'step', substr(name, 5) FROM apus.migrations WHERE name <> 'trace';
SELECT 'row', step FROM trace;
SELECT 'table', substr(relname, 2) FROM pg_class WHERE relname ~ '^t[0-9]+$' AND relkind = 'r';
"""


class Bench:
    """A database behind a proxy, and a run of many steps in one flight."""

    def __init__(self, stack, folder, version, direction):
        self.direction = direction
        self.count = STEPS[direction]
        self.project = stack.enter_context(new_project(folder, f"postgres-{version}"))
        self.proxy = stack.enter_context(Proxy(urlsplit(self.project.url).port))
        self.url = through(self.project.url, self.proxy.port)
        self.project.migration("20250101_000000_1.0.0_trace", "CREATE TABLE trace (step integer NOT NULL);",
                               "DROP TABLE trace;")
        for step in range(1, self.count + 1):
            self.project.migration(
                f"20250101_0000{step:02d}_1.{step}.0_step{step}",
                f"INSERT INTO trace VALUES ({step});\nCREATE TABLE t{step} (id integer);",
                f"DROP TABLE t{step};\nDELETE FROM trace WHERE step = {step};")
        #: Why the last run ended early.
        self.failure = None
        self.words = ["migrate"] if direction == "up" else ["rollback", "--to", "1.0.0"]
        self.project.query(EMPTY)
        self.project.apus("migrate", *(["1.0.0"] if direction == "up" else []), "--no-backup")
        self.begin = remade(self.project)

    def run(self):
        process = self.project.start(*self.words, "--no-backup", "--json", DATABASE_URL=self.url)
        try:
            output, errors = process.communicate(timeout=240)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"apus waited for ever: {process.communicate()}") from None
        assert "Fatal error" not in errors
        return process.returncode, json.loads(output), errors

    def applied(self):
        """The steps that the history has; each is there whole, and all others are not at all."""
        found = {"step": [], "row": [], "table": []}
        for kind, step in self.project.query(APPLIED):
            found[kind].append(int(step))
        steps = set(found["step"])
        assert sorted(steps) == sorted(found["row"]), found
        assert steps == set(found["table"]), found
        return steps

    def survey(self):
        """The number of messages of an undisturbed run, and those that carry a COMMIT."""
        self.project.query(self.begin)
        self.proxy.arm(Fault())
        code, document, errors = self.run()
        assert code == 0, (document, errors)
        messages = self.proxy.messages
        commits = [point for point, message in enumerate(messages) if message.text == "COMMIT"]
        assert len(commits) >= 4 * self.count - 2, "the wire shows no commits"
        return range(len(messages)), commits

    def strike(self, fault):
        """One run with one fault: what it says is what the database has, and the next run ends it."""
        self.project.query(self.begin)
        with self.proxy.failing(fault):
            code, document, errors = self.run()
        try:
            after = self.applied()
            taken = [step for step in document.get("steps", []) if step["status"] == "done"]
            order = list(range(1, self.count + 1))
            if self.direction == "down":
                order.reverse()
            done = [int(step["id"].rsplit("step", 1)[1]) for step in taken]
            assert done == order[:len(done)], f"not the first ones: {done}"
            there = set(done) if self.direction == "up" else set(order) - set(done)
            self.failure = failure = document.get("failure")
            if failure and failure["code"] == "commit-unknown":
                assert fault.is_lasting, f"the server could have been asked: {failure}"
                # It tells the first that is not known; those behind it were on their way as well.
                assert there <= after if self.direction == "up" else after <= there
                outcome = "unknown"
            else:
                assert after == there, f"said {sorted(there)}, found {sorted(after)}"
                assert (code == 0) == (len(done) == self.count), (code, document)
                outcome = failure["code"] if failure else "success" if code == 0 else "not begun"
            self.project.apus(*self.words, "--no-backup", "--lock-wait", "60s")
            assert self.applied() == (set(order) if self.direction == "up" else set())
        except AssertionError as error:
            raise AssertionError(
                f"point {fault.point}, {fault.kind}, {fault.struck}: exit {code}\n{document}\n{errors}\n"
                f"{error}") from error
        return outcome if fault.struck else "not reached"


@pytest.mark.parametrize("direction", STEPS)
@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_is_cut_while_many_steps_are_on_their_way_is_asked(
        tmp_path, effort, figures, version, direction):
    """Some points of all; of the COMMITs and their answers always some more: each is one of the steps'."""
    with ExitStack() as stack:
        bench = Bench(stack, tmp_path, version, direction)
        points, commits = bench.survey()
        chosen = effort.sample(points, 9, None)
        if not effort.is_soak and effort.only is None:
            chosen = sorted({*chosen, *effort.chance.sample(commits, 7)})
        line = stack.enter_context(
            figures.method("wire, many steps", f"PostgreSQL {version}, {direction}, cut"))
        outcomes = Counter(bench.strike(Fault(point, KINDS[point % 3])) for point in chosen)
        line.rounds, line.points = 1, len(chosen)
        line.outcome = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lost_answer_to_the_second_of_three_commits_is_asked_for(tmp_path, version):
    """F4: the server has committed all three by then, or goes on to; the history says which."""
    with ExitStack() as stack:
        bench = Bench(stack, tmp_path, version, "down")
        bench.survey()
        answers = [point for point, message in enumerate(bench.proxy.messages)
                   if message.sender == "the server" and message.text == "COMMIT"]
        # Each step's own, and one behind each but the last, which cleans the session; the run's rows have
        # their own before and behind. Every one of them is struck once.
        outcomes = Counter(bench.strike(Fault(point, "cut")) for point in answers)
        assert outcomes["success"] > 0, outcomes


@pytest.mark.parametrize("version", VERSIONS)
def test_where_nobody_can_be_asked_all_that_was_on_its_way_is_told(tmp_path, effort, version):
    """F4: the server is gone for good once it has all three, and has answered none. (It waits for a minute, and
    so it is tried on one of the servers in the short form.)"""
    if not effort.is_soak and effort.seed % 2 != VERSIONS.index(version):
        pytest.skip("on the other server this time")
    with ExitStack() as stack:
        bench = Bench(stack, tmp_path, version, "down")
        bench.survey()
        messages = bench.proxy.messages
        sent = next(point for point, message in enumerate(messages)
                    if message.kind == "P" and message.text == "COMMIT")
        answer = next(point for point, message in enumerate(messages)
                      if point > sent and message.sender == "the server" and message.text == "COMMIT")
        assert bench.strike(Fault(answer, outage=None)) == "unknown"
        assert bench.failure["details"][-1].endswith(
            "\n2 more migrations had been sent behind it, and may be committed as well"), bench.failure
