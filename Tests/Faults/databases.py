"""Projects on databases of their own, as many as a method wants at once."""

import re
import subprocess
import uuid
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from CommandLine.conftest import Project, clean_environment, drop, psql, server

VERSIONS = ("15", "18")
ENGINES = ("sqlite", "postgres-15", "postgres-18")


@contextmanager
def new_project(folder, engine, template=None):
    """A project in `folder` on a new database: `sqlite`, or `postgres-15`."""
    (folder / "migrations").mkdir(parents=True, exist_ok=True)
    if engine == "sqlite":
        yield Project(folder, "sqlite:test.db", "sqlite")
        return
    version = engine.removeprefix("postgres-")
    url = server(version)
    name = f"apus_{uuid.uuid4().hex[:12]}"
    psql(url, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    try:
        yield Project(folder, urlunsplit(urlsplit(url)._replace(path=f"/{name}")), "postgres", version)
    finally:
        drop(version, name)


@contextmanager
def other_database(project, name):
    """A project in a folder of its own whose database has that name on the same server; it is made by
    somebody else, and dropped in the end."""
    folder = project.folder / f"with {name}"
    (folder / "migrations").parent.mkdir(parents=True, exist_ok=True)
    (folder / "migrations").symlink_to(project.folder / "migrations")
    if project.engine == "sqlite":
        yield Twin(f"{name}.db", Project(folder, f"sqlite:{project.folder / name}.db", "sqlite"))
        return
    parts = urlsplit(project.url)
    database = f"{parts.path[1:]}_{name}"
    try:
        yield Twin(database, Project(
            folder, urlunsplit(parts._replace(path=f"/{database}")), "postgres", project.version))
    finally:
        drop(project.version, database)


class Twin(NamedTuple):
    """A database by its name, and a project on it."""

    name: str
    project: Project


def through(url, port):
    """The same address by way of another port of this machine."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")))


def until_gone(sessions, seconds):
    """SQL that ends once this database has no such sessions any more: a server may need a moment to see
    that its client is gone."""
    return f"""
        DO $$ BEGIN FOR i IN 1..{seconds * 100} LOOP
          PERFORM pg_catalog.pg_stat_clear_snapshot();
          IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
            AND {sessions}) THEN RETURN; END IF;
          PERFORM pg_sleep(0.01);
        END LOOP; RAISE 'a session outlived its client'; END $$;
    """


#: Ends once nobody else is connected.
UNTIL_ALONE = until_gone("pid <> pg_backend_pid() AND backend_type = 'client backend'", 50)

#: A PostgreSQL database without anything in it.
EMPTY = ("SET client_min_messages = warning;\nDROP SCHEMA IF EXISTS apus, aside CASCADE;"
         "\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")


def remade(project):
    """The SQL that takes a PostgreSQL database to the present state of `project`'s, whatever is in it."""
    text = subprocess.run(
        [project.tool("pg_dump"), "--no-owner", "-d", project.url], check=True,
        capture_output=True, text=True, env=clean_environment()).stdout
    # psql's own, which not every psql knows; and what a schema is made with anyway.
    kept = [line for line in text.splitlines() if not re.match(
        r"\\(un)?restrict|CREATE SCHEMA public|COMMENT ON SCHEMA public", line)]
    return "BEGIN; " + EMPTY + "\n".join(kept) + "\n;COMMIT;"


def name_of(engine):
    return "SQLite" if engine == "sqlite" else f"PostgreSQL {engine.removeprefix('postgres-')}"
