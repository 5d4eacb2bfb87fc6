"""The wire is cut at every boundary between two messages: F4, F12, F14.

What Apus then says is true of the database, and the next run finishes everything, exactly once.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

import pytest

from Faults.databases import EMPTY, VERSIONS, remade
from Faults.wire import Fault
from Faults.wire_bench import State, WireBench, check_report

#: How many cuts are tried at once, and how many of the faults that are waited for, in the short form and
#: in the long one; each on a database of its own.
CUTTERS, WAITERS = 3, (10, 30)
#: What is done, and from which state: each begins where the other one ends.
PHASES = {"migrate": ["migrate"], "rollback": ["rollback", "--to", "1.0.0"]}


@dataclass
class Survey:
    """What is known of a phase before anything is cut."""

    #: The SQL that takes a database to where the phase begins, and what it then holds.
    begin: str
    before: State
    #: All points of an undisturbed run, and those among them that matter most: the messages in which
    #: the client asks for a commit and the server says that there was one; and, of each connection,
    #: the first answer to the first question, when nobody looks after it yet.
    points: range
    commits: list
    greetings: list


def survey(bench, phase):
    bench.project.query(EMPTY)
    if phase == "rollback":
        bench.finish(["migrate"])
    begin, before = remade(bench.project), bench.state()
    bench.proxy.arm(Fault())
    code, document, errors = bench.command(PHASES[phase])
    assert code == 0, (document, errors)
    messages = bench.proxy.messages
    commits = [point for point, message in enumerate(messages) if "COMMIT" in message.text]
    assert len(commits) >= 2 * len(document["steps"]), "the wire shows no commits"
    asked, greetings = set(), {}
    for point, message in enumerate(messages):
        if message.kind == "Q":
            asked.add(message.connection)
        elif message.sender == "the server" and message.connection in asked:
            greetings.setdefault(message.connection, point)
    assert len(greetings) >= 2, "the wire shows no connections"
    return Survey(begin, before, range(len(messages)), commits, list(greetings.values()))


def choose(effort, survey, short, soak=None):
    """A sample of all points, of which the short form always has some that matter more."""
    chosen = effort.sample(survey.points, short, soak)
    if effort.only is not None or not chosen:
        return chosen
    if effort.is_soak:
        return sorted({*chosen, *survey.greetings})
    commits = effort.chance.sample(survey.commits, max(1, len(chosen) // 4))
    return chosen + commits + effort.chance.sample(survey.greetings, 1)


def strike(bench, phase, survey, fault):
    """One run with one fault, judged, and finished by the next run; how it ended."""
    bench.project.query(survey.begin)
    code = document = errors = None
    try:
        with bench.proxy.failing(fault):
            code, document, errors = bench.command(PHASES[phase])
        assert "Fatal error" not in errors
        after = bench.state()
        after.check()
        outcome = check_report(code, document, survey.before, after, may_be_unknown=fault.is_lasting)
        if any(direction == "down" for _, direction, _ in after.unfinished):
            # Half undone without a transaction: which way to go on is for a person to say.
            bench.project.apus("migrate", "--no-backup", expecting=7)
            bench.finish(PHASES[phase])
        elif phase == "rollback" and fault.point % 2:
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


#: What happens at a point, and how many points of each phase that is tried at: in the short form, and
#: in the long one (None: all). A server that does not come back is waited for for a minute or two.
FAULTS = {
    "cut": (9, None, lambda point: Fault(point, ("cut", "half", "reset")[point % 3])),
    "cut, and refused for 2 s": (2, 200, lambda point: Fault(point, outage=2)),
    "cut, and refused from then on": (1, 60, lambda point: Fault(point, outage=None)),
    "stalled": (2, 200, lambda point: Fault(point, "stall")),
    "stalled, new ones too": (0, 60, lambda point: Fault(point, "stall", stalls_all=True)),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_whatever_happens_at_a_message_is_resolved_or_called_unknown(
        tmp_path, effort, figures, version):
    """F4, F12, F14: many at once, because most of it is waiting."""
    is_slow_too = effort.is_soak or effort.seed % 2 == VERSIONS.index(version)
    with ExitStack() as stack:
        waiters = WAITERS[effort.is_soak] if is_slow_too else 0
        benches = SimpleQueue()
        for number in range(CUTTERS + waiters):
            benches.put(stack.enter_context(WireBench(tmp_path / f"bench-{number}", version)))
        first = benches.get()
        surveys = {phase: survey(first, phase) for phase in PHASES}
        benches.put(first)

        def on_some_bench(phase, fault):
            bench = benches.get()
            try:
                return strike(bench, phase, surveys[phase], fault)
            finally:
                benches.put(bench)

        # Cuts are work, and go on beside the others.
        cutting, waiting = ThreadPoolExecutor(CUTTERS), ThreadPoolExecutor(max(1, waiters))
        for pool in cutting, waiting:
            stack.callback(pool.shutdown, cancel_futures=True)
        jobs = []
        for name, (short, soak, fault) in FAULTS.items():
            for phase, surveyed in surveys.items():
                points = choose(effort, surveyed, short, soak)
                if not points or (name != "cut" and not is_slow_too):
                    continue
                line = figures.method("wire", f"PostgreSQL {version}, {phase}, {name}")
                pool = cutting if name == "cut" else waiting
                runs = [pool.submit(on_some_bench, phase, fault(point)) for point in points]
                jobs.append((stack.enter_context(line), runs))
        for figure, runs in jobs:
            outcomes = Counter(run.result() for run in runs)
            figure.rounds, figure.points = 1, len(runs)
            figure.outcome = f"all resolved: {summary(outcomes)}"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_that_is_given_up_stands_in_nobodys_way(tmp_path, version):
    """F14: the end of the first look does not arrive, so that its server would keep the transaction
    open; a concurrent index, which waits for every open transaction, is built all the same."""
    with WireBench(tmp_path, version) as bench:
        surveyed = survey(bench, "migrate")
        end = next(point for point, message in enumerate(bench.proxy.messages)
                   if message.sender == "the client" and message.text == "ROLLBACK")
        assert strike(bench, "migrate", surveyed, Fault(end, "stall")) == "success"
