"""The wire is cut at every boundary between two messages: F4, F12, F14.

What Apus then says is true of the database, and the next run finishes everything, exactly once.
"""

from collections import Counter

import pytest

from Faults.databases import VERSIONS
from Faults.wire import Fault
from Faults.wire_bench import WireBench, check_report

#: What is done, and from which state: each begins where the other one ends.
PHASES = {"migrate": ["migrate"], "rollback": ["rollback", "--to", "1.0.0"]}


def begin(bench, phase):
    """Takes the database to where a phase begins."""
    bench.empty()
    if phase == "rollback":
        bench.finish(["migrate"])


def count(bench, phase):
    """How many messages an undisturbed run takes."""
    begin(bench, phase)
    bench.proxy.arm(Fault())
    code, document, errors = bench.command(PHASES[phase])
    assert code == 0, (document, errors)
    return len(bench.proxy.messages)


def strike(bench, phase, fault, *, may_be_unknown=False):
    """One run with one fault, judged, and finished by the next run; how it ended."""
    begin(bench, phase)
    before = bench.state()
    with bench.proxy.failing(fault):
        code, document, errors = bench.command(PHASES[phase])
    try:
        assert "Fatal error" not in errors
        after = bench.state()
        after.check()
        outcome = check_report(code, document, before, after, may_be_unknown=may_be_unknown)
        if phase == "rollback" and fault.point % 2:
            bench.finish(PHASES[phase])
        bench.finish(["migrate"])
        end = bench.state()
        end.check()
        assert len(end.applied) == 4 and not end.unfinished, end
    except AssertionError as error:
        raise AssertionError(
            f"point {fault.point}, {fault.kind}, {fault.struck}: exit {code}\n{document}\n{errors}\n"
            f"{error}") from error
    return outcome if fault.struck else "not reached"


def summary(outcomes):
    return ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_cut_at_any_message_is_resolved(tmp_path, effort, figures, version, phase):
    """F4, F12: the connection ends; a new one may be had at once."""
    with (figures.method("wire cuts", f"PostgreSQL {version}, {phase}") as figure,
          WireBench(tmp_path, version) as bench):
        points = effort.sample(range(count(bench, phase)), short=14)
        outcomes = Counter()
        for number, point in enumerate(points):
            kind = ("cut", "half", "reset")[number % 3]
            outcomes[strike(bench, phase, Fault(point, kind))] += 1
            figure.points += 1
        figure.rounds = 1
        figure.outcome = f"all resolved: {summary(outcomes)}"
