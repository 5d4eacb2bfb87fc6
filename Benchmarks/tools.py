"""Apus, its rivals and the limit: how each is given the same migrations, and how it is run.

The limit is psql or sqlite3 running the same statements from one file on one connection, a transaction and a
tracking row for each migration.
"""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from core import EXECUTABLE
from processes import Command

#: Where pip put the rivals that are Python's, or came as a wheel.
PROGRAMS = Path(os.environ["APUS_BENCH_RIVALS"])
PYTHON = str(PROGRAMS / "python")


class Tool:
    """What every tool can be asked. `url` is an address of PostgreSQL, or the path of a SQLite file."""

    name = ""
    engines = ("postgres", "sqlite")
    #: The works it is given; one that takes many minutes for a thousand migrations is not asked to.
    works = ("W1", "W2", "W3")
    #: How many runs of each work count: more only where one takes seconds.
    is_quick = False

    def version(self):
        raise NotImplementedError

    def write(self, folder, migrations, engine):
        raise NotImplementedError

    def migrate(self, engine, url):
        raise NotImplementedError

    def status(self, engine, url):
        raise NotImplementedError

    def rollback(self, engine, url, count):
        raise NotImplementedError

    def start(self):
        return Command([*self.version_arguments])

    def asked_version(self, pattern=r"\d+(\.\d+)+"):
        done = subprocess.run(self.version_arguments, capture_output=True, text=True, check=True)
        return re.search(pattern, done.stdout + done.stderr)[0]

    version = asked_version


def script(statements):
    return "".join(f"{statement};\n" for statement in statements)


class Limit(Tool):
    """psql and sqlite3 themselves."""

    name = "limit"
    is_quick = True
    version_arguments = ["psql", "--version"]

    def version(self):
        sqlite = subprocess.run(["sqlite3", "--version"], capture_output=True, text=True, check=True)
        return f"psql {self.asked_version()}, sqlite3 {sqlite.stdout.split()[0]}"

    def write(self, folder, migrations, engine):
        with (folder / "up.sql").open("w") as file:
            file.write("CREATE TABLE tracking (id text PRIMARY KEY, at timestamp DEFAULT CURRENT_TIMESTAMP);\n")
            for one in migrations:
                file.write(f"BEGIN;\n{script(one.up)}INSERT INTO tracking (id) VALUES ('{one.name}');\nCOMMIT;\n")
        with (folder / "down.sql").open("w") as file:
            for one in reversed(migrations):
                file.write(f"BEGIN;\n{script(one.down)}DELETE FROM tracking WHERE id = '{one.name}';\nCOMMIT;\n")

    def run(self, engine, url, *what):
        if engine == "postgres":
            return Command(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, *what])
        return Command(["sqlite3", "-batch", "-bail", url, what[1] if what[0] == "-c" else f".read {what[1]}"])

    def migrate(self, engine, url):
        return self.run(engine, url, "-f", "up.sql")

    def status(self, engine, url):
        return self.run(engine, url, "-c", "SELECT count(*) FROM tracking")

    no_op = status

    def rollback(self, engine, url, count):
        return self.run(engine, url, "-f", "down.sql")


class OneRoundTrip(Limit):
    """psql with a migration's statements in one message, which it waits for once."""

    name = "psql, one message a migration"
    engines = ("postgres",)

    def version(self):
        return self.asked_version()

    def write(self, folder, migrations, engine):
        super().write(folder, migrations, engine)
        for path in (folder / "up.sql", folder / "down.sql"):
            text = path.read_text().replace(";\n", " \\;\n").replace("COMMIT \\;", "COMMIT;")
            path.write_text(text.replace("CURRENT_TIMESTAMP) \\;", "CURRENT_TIMESTAMP);"))


class OneTransaction(Limit):
    """sqlite3 with everything in one transaction: what SQLite itself needs for the statements."""

    name = "sqlite3, one transaction"
    engines = ("sqlite",)

    def write(self, folder, migrations, engine):
        super().write(folder, migrations, engine)
        for path in (folder / "up.sql", folder / "down.sql"):
            text = path.read_text().replace("BEGIN;\n", "").replace("COMMIT;\n", "")
            path.write_text(f"BEGIN;\n{text}COMMIT;\n")


#: The limit's programs, told to do the work in less: what the engines themselves need for it.
FLOORS = (OneRoundTrip, OneTransaction)


class Apus(Tool):
    name = "apus"
    is_quick = True
    version_arguments = [EXECUTABLE, "--version"]

    def write(self, folder, migrations, engine):
        (folder / "migrations").mkdir()
        for one in migrations:
            stamp = f"{one.stamp[:8]}_{one.stamp[8:]}"
            (folder / "migrations" / f"{stamp}_1.0.{one.number}_{one.name}.sql").write_text(
                f"-- Up Migration\n{script(one.up)}-- Down Migration (Rollback)\n{script(one.down)}")

    def run(self, engine, url, *what):
        return Command([EXECUTABLE, *what],
                       {"DATABASE_URL": url if engine == "postgres" else f"sqlite:{url}"})

    # None of the others takes a backup.
    def migrate(self, engine, url):
        return self.run(engine, url, "migrate", "-q", "--no-backup")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "status", "-q")

    def rollback(self, engine, url, count):
        return self.run(engine, url, "rollback", "--steps", str(count), "-q", "--no-backup")


class Dbmate(Tool):
    name = "dbmate"
    is_quick = True
    version_arguments = [str(PROGRAMS / "dbmate"), "--version"]

    def write(self, folder, migrations, engine):
        (folder / "m").mkdir()
        for one in migrations:
            (folder / "m" / f"{one.stamp}_{one.name}.sql").write_text(
                f"-- migrate:up\n{script(one.up)}\n-- migrate:down\n{script(one.down)}")

    def run(self, engine, url, what):
        url = f"{url}?sslmode=disable" if engine == "postgres" else f"sqlite:{url}"
        return Command([str(PROGRAMS / "dbmate"), "--no-dump-schema", "-u", url, "-d", "m", what])

    def migrate(self, engine, url):
        return self.run(engine, url, "migrate")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "status")

    def rollback(self, engine, url, count):
        one = self.run(engine, url, "rollback").arguments
        return Command(["sh", "-ec", f'for i in $(seq {count}); do "$@"; done', "sh", *one])


class SqlMigrate(Tool):
    name = "sql-migrate"
    is_quick = True
    version_arguments = ["sql-migrate", "--version"]

    # Debian's does not know its own.
    def version(self):
        done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", "sql-migrate"], capture_output=True, text=True, check=True)
        return done.stdout

    def write(self, folder, migrations, engine):
        (folder / "m").mkdir()
        for one in migrations:
            (folder / "m" / f"{one.stamp}_{one.name}.sql").write_text(
                f"-- +migrate Up\n{script(one.up)}\n-- +migrate Down\n{script(one.down)}")
        dialect = "postgres" if engine == "postgres" else "sqlite3"
        (folder / "dbconfig.yml").write_text(
            f"development:\n  dialect: {dialect}\n  datasource: ${{BENCH_SOURCE}}\n  dir: m\n  table: tracking\n")

    def run(self, engine, url, *what):
        source = f"{url}?sslmode=disable" if engine == "postgres" else url
        return Command(["sql-migrate", *what], {"BENCH_SOURCE": source})

    def migrate(self, engine, url):
        return self.run(engine, url, "up")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "status")

    def rollback(self, engine, url, count):
        return self.run(engine, url, "down", "-limit=0")


class Django(Tool):
    name = "Django"
    version_arguments = [PYTHON, "-m", "django", "--version"]

    def write(self, folder, migrations, engine):
        package = folder / "bench" / "migrations"
        package.mkdir(parents=True)
        (folder / "bench" / "__init__.py").touch()
        (package / "__init__.py").touch()
        last = None
        for one in migrations:
            depends = [("bench", last)] if last else []
            last = f"{one.number:04d}_{one.name}"
            # RunSQL's own: with a list it needs no parser to find where statements end.
            (package / f"{last}.py").write_text(
                "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
                f"    dependencies = {depends!r}\n    operations = [migrations.RunSQL({one.up!r}, {one.down!r})]\n")
        (folder / "settings.py").write_text(
            "import os\nSECRET_KEY = 'bench'\nINSTALLED_APPS = ['bench']\nUSE_TZ = True\n"
            "DATABASES = {'default': dict(pair.split('=', 1) for pair in os.environ['BENCH_DATABASE'].split('|'))}\n")

    def run(self, engine, url, *what):
        if engine == "postgres":
            parts = urlsplit(url)
            fields = {"ENGINE": "django.db.backends.postgresql", "NAME": parts.path[1:], "USER": parts.username,
                      "PASSWORD": parts.password, "HOST": parts.hostname, "PORT": parts.port}
        else:
            fields = {"ENGINE": "django.db.backends.sqlite3", "NAME": url}
        return Command([PYTHON, "-m", "django", *what],
                       {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": ".",
                        "BENCH_DATABASE": "|".join(f"{key}={value}" for key, value in fields.items())})

    def migrate(self, engine, url):
        return self.run(engine, url, "migrate", "-v", "0")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "showmigrations")

    def rollback(self, engine, url, count):
        return self.run(engine, url, "migrate", "-v", "0", "bench", "zero")


class Alembic(Tool):
    name = "Alembic"
    version_arguments = [str(PROGRAMS / "alembic"), "--version"]

    def write(self, folder, migrations, engine):
        versions = folder / "alembic" / "versions"
        versions.mkdir(parents=True)
        (folder / "alembic.ini").write_text("[alembic]\nscript_location = alembic\npath_separator = os\n")
        (folder / "alembic" / "env.py").write_text(
            "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine, pool\n"
            "engine = create_engine(os.environ['BENCH_URL'], poolclass=pool.NullPool)\n"
            "with engine.connect() as connection:\n"
            "    context.configure(connection=connection, transaction_per_migration=True)\n"
            "    with context.begin_transaction():\n        context.run_migrations()\n")
        last = None
        for one in migrations:
            # One call a statement where the driver takes only one.
            calls = {"up": one.up, "down": one.down}
            if engine == "postgres":
                calls = {way: [";\n".join(statements)] for way, statements in calls.items()}
            bodies = {way: "".join(f"    op.execute({call!r})\n" for call in statements) for way, statements in calls.items()}
            (versions / f"{one.number:04d}_{one.name}.py").write_text(
                f"from alembic import op\n\nrevision = {one.name!r}\ndown_revision = {last!r}\n\n\n"
                f"def upgrade():\n{bodies['up']}\n\ndef downgrade():\n{bodies['down']}")
            last = one.name

    def run(self, engine, url, *what):
        url = url.replace("postgres://", "postgresql+psycopg2://") if engine == "postgres" else f"sqlite:///{url}"
        return Command([str(PROGRAMS / "alembic"), *what], {"BENCH_URL": url})

    def migrate(self, engine, url):
        return self.run(engine, url, "upgrade", "head")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "current")

    def rollback(self, engine, url, count):
        return self.run(engine, url, "downgrade", "base")


class Yoyo(Tool):
    name = "yoyo"
    # The least that it can be asked for.
    version_arguments = [str(PROGRAMS / "yoyo"), "--help"]

    def version(self):
        ask = "import importlib.metadata; print(importlib.metadata.version('yoyo-migrations'))"
        return subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()

    def write(self, folder, migrations, engine):
        (folder / "m").mkdir()
        for one in migrations:
            (folder / "m" / f"{one.number:04d}.{one.name}.sql").write_text(script(one.up))
            (folder / "m" / f"{one.number:04d}.{one.name}.rollback.sql").write_text(script(one.down))

    def run(self, engine, url, what, *options):
        url = url.replace("postgres://", "postgresql://") if engine == "postgres" else f"sqlite:///{url}"
        return Command([str(PROGRAMS / "yoyo"), what, *options, "-b", "--no-config-file", "-d", url, "m"])

    def migrate(self, engine, url):
        return self.run(engine, url, "apply")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "list")

    def rollback(self, engine, url, count):
        return self.run(engine, url, "rollback", "-a")


class Sqitch(Tool):
    name = "sqitch"
    works = ("W1", "W3")
    version_arguments = ["sqitch", "--version"]

    def write(self, folder, migrations, engine):
        (folder / "deploy").mkdir()
        (folder / "revert").mkdir()
        (folder / "sqitch.conf").write_text(
            f"[core]\n\tengine = {'pg' if engine == 'postgres' else 'sqlite'}\n"
            "[user]\n\tname = Bench\n\temail = bench@example.org\n")
        plan = ["%syntax-version=1.0.0", "%project=bench", ""]
        for one in migrations:
            plan.append(f"{one.name} 2025-01-01T00:00:00Z Bench <bench@example.org> # {one.name}")
            for way, statements in (("deploy", one.up), ("revert", one.down)):
                (folder / way / f"{one.name}.sql").write_text(f"BEGIN;\n{script(statements)}COMMIT;\n")
        (folder / "sqitch.plan").write_text("\n".join(plan) + "\n")

    def run(self, engine, url, what, *options):
        url = url.replace("postgres://", "db:pg://") if engine == "postgres" else f"db:sqlite:{url}"
        return Command(["sqitch", what, *options, url], {"LC_ALL": "C.UTF-8"})

    def migrate(self, engine, url):
        return self.run(engine, url, "deploy")

    no_op = migrate

    def status(self, engine, url):
        return self.run(engine, url, "status")

    def rollback(self, engine, url, count):
        return self.run(engine, url, "revert", "-y")


LIMIT = Limit()
APUS = Apus()
TOOLS = [LIMIT, OneRoundTrip(), OneTransaction(), APUS, Dbmate(), SqlMigrate(), Django(), Alembic(), Yoyo(), Sqitch()]
