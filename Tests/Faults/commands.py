"""Every command of the executable, and what it needs: methods that promise something of each take
them from here, and a new command that is missing here fails `test_every_command_is_known`."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache

from CommandLine.conftest import EXECUTABLE, clean_environment


@dataclass(frozen=True)
class Command:
    """One leaf of the command tree. `{backup}` in its words stands for a backup's name."""

    name: str
    #: `reads` or `changes` the database; `backs up`: reads it, and notes that in its history where it
    #: can; `restores`: makes another database; `serves`: until it is stopped; `offline`: connects to none.
    effect: str
    words: tuple = ()
    #: With what it may end where it works.
    codes: tuple = (0,)
    #: Whether it can print events as they come.
    streams: bool = False

    @property
    def line(self):
        return [*self.name.split(), *self.words]

    def __str__(self):
        return self.name


COMMANDS = [
    Command("status", "reads"),
    Command("plan", "reads"),
    Command("verify", "reads"),
    Command("version current", "reads"),
    Command("version info", "reads"),
    Command("version compatibility", "reads"),
    Command("version history", "reads"),
    Command("runs list", "reads"),
    Command("runs show", "reads", ("1",)),
    Command("create-initial", "reads"),
    Command("data list", "reads"),
    # There is no data migration of that name, so that none is changed.
    Command("data pause", "reads", ("1.0.0/none",), codes=(1,)),
    Command("data resume", "reads", ("1.0.0/none",), codes=(1,)),
    Command("data cancel", "reads", ("1.0.0/none",), codes=(1,)),
    # Where nothing was left to it, it changes nothing.
    Command("work", "reads"),
    # It ends with the code that a run would end with.
    Command("doctor", "reads", codes=(0, 7)),
    Command("wait", "reads", ("1.0.0", "--timeout", "30s")),
    Command("schema show", "reads"),
    Command("schema diff", "reads"),
    Command("repair list", "reads"),
    Command("graph", "reads"),
    Command("analytics", "reads"),
    # Where no database can be made beside the other one, in a server of its own.
    Command("test", "reads"),
    Command("migrate", "changes", ("1.1.0", "--yes"), streams=True),
    Command("rollback", "changes", ("1.0.0", "--yes", "--cascade"), streams=True),
    Command("baseline", "changes", ("1.0.0", "--yes"), streams=True),
    Command("repair accept", "changes", ("1.0.0", "--yes"), streams=True),
    Command("repair mark-applied", "changes", ("1.1.0", "--yes"), streams=True),
    Command("repair mark-reverted", "changes", ("1.0.0", "--yes"), streams=True),
    Command("repair resume", "changes", ("--yes",), streams=True),
    Command("schedule migrate", "changes", ("--at", "2099-01-01T00:00Z", "--yes")),
    Command("schedule rollback", "changes", ("1.0.0", "--cascade", "--at", "2099-01-01T00:00Z", "--yes")),
    Command("schedule list", "reads"),
    # There is no such entry, and no run that waits.
    Command("schedule show", "reads", ("1",), codes=(1,)),
    Command("schedule cancel", "reads", ("1",), codes=(1,)),
    Command("confirm", "reads", ("1",), codes=(1,)),
    Command("run-due", "reads"),
    Command("backup now", "backs up"),
    Command("backup list", "offline"),
    Command("backup verify", "offline", ("{backup}",)),
    Command("backup prune", "offline", ("--keep", "9")),
    Command("restore", "restores", ("{backup}", "--yes")),
    Command("version changelog", "offline", ("1.0.0",)),
    Command("version path", "offline", ("1.0.0", "1.1.0")),
    Command("create-migration", "offline", ("2.0.0", "more")),
    # Of SQLite only; elsewhere it is refused before anything is asked.
    Command("sqlite rebuild", "offline", ("guests", "2.0.0"), codes=(0, 64)),
    Command("lock", "offline"),
    # Only --plan and --live connect.
    Command("lint", "offline"),
    Command("init", "offline"),
    Command("serve", "serves", ("--port", "0")),
    Command("password", "offline", ("--token",)),
    Command("explain", "offline", ("statement-failed",)),
]


def of(*effects):
    return [command for command in COMMANDS if command.effect in effects]


@cache
def leaves(*words):
    """The names of the executable's own commands, read from its help."""
    text = subprocess.run([EXECUTABLE, *words, "--help"], check=True, capture_output=True, text=True,
                          env=clean_environment()).stdout
    _, _, listed = text.partition("SUBCOMMANDS:\n")
    found = []
    for name in re.findall(r"^  ([a-z-]+)", listed.partition("\n  See")[0], re.MULTILINE):
        below = leaves(*words, name)
        found += below or [" ".join([*words, name])]
    return found
