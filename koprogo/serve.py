"""Start everything and keep it together: database, migrations, static files, web server, background worker.

`deploy/run` ends here. This process holds the lease on the embedded server and loads no Django; what must be done
under the owner's role is done once, in a child (`python -m koprogo.serve_prepare`), or is sealing the audit, in a
thread here: web server and worker do not know the owner's address.
"""

import argparse
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from koprogo.backup_place import RESTORING, ROOT, data_folder
from koprogo.postgres import OWNER_ROLE, EmbeddedServer
from koprogo.postgres_place import ServerError, check_room
from koprogo.roles import RolesError, check_roles
from koprogo.sealing import sealing
from koprogo.serve_port import StartError, read_port, reserve_port

# A job that is not done by then is killed; the worker's own limit would mark it as aborted instead of taken up later.
PATIENCE = 20
LOCK = "serve.lock"
PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None)


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/run", description="Serve KoproGo until Ctrl-C. README.md: settings.")
    parser.add_argument("--any-port", action="store_true", help="take the next free port when PORT is held")
    options = parser.parse_args()
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # nohup deploy/run
        signals.remove(signal.SIGHUP)
    for number in signals:
        signal.signal(number, signal.default_int_handler)
    try:
        serve(may_take_another_port=options.any_port)
    except KeyboardInterrupt:
        say("KoproGo has stopped.")
        return 0
    except (StartError, ServerError, RolesError) as error:
        print(f"KoproGo: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def serve(*, may_take_another_port: bool) -> None:
    """Run until a signal comes (KeyboardInterrupt) or one of the children ends (StartError)."""
    host, data, server = os.environ.get("KOPROGO_BIND", "127.0.0.1"), data_folder(), EmbeddedServer.from_environment()
    check_folder(data)
    port, reservation = reserve_port(host, read_port(), data, may_be_another=may_take_another_port)
    environment = os.environ | {"PORT": str(port), "KOPROGO_DATABASE_ROLE": "app", "KOPROGO_DATA": str(data)}
    if server:
        environment.setdefault("KOPROGO_DEMO", "1")
    else:
        check_roles(os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", ""))
    with reservation, server.lease() if server else nullcontext(), serving_alone(data, port):
        say("KoproGo prepares its database and its files …")
        sign_ins = run_preparation(environment)
        owner_url = server.url(OWNER_ROLE) if server else environment.pop("DATABASE_OWNER_URL")
        with sealing(owner_url, data), running(environment) as children:
            wait_until_served(host, port, children)
            say(f"KoproGo is at http://localhost:{port} – Ctrl-C stops it.")
            say(f"Data: {data}" if server else f"Data: the server of DATABASE_URL, and {data}")
            if server and server.data not in server.place.cluster.parents:
                say(f"Database: {server.place.cluster} (PostgreSQL's user cannot reach the data folder)")
            say(sign_ins)
            raise StartError(f"{wait_for_an_end(children)} has ended by itself; the rest was stopped.")


def check_folder(data: Path) -> None:
    """Before anything is written. Raises StartError."""
    if (data / RESTORING).exists():
        raise StartError(
            f"A restore into {data} has not come to its end: remove what is in that folder, and run deploy/restore "
            "again."
        )
    if (data / LOCK).exists():
        with serving_alone(data):
            pass
    check_room(data)


@contextmanager
def serving_alone(data: Path, port: int | None = None) -> Iterator[None]:
    """One process serves a folder: two would count failed sign-ins apart. One that is killed lets go by itself."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / LOCK).open("a+") as lock:
        lock.seek(0)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(
                f"KoproGo serves {data} already{lock.read()}: use that one, stop it first, or set KOPROGO_DATA to "
                "another folder."
            ) from None
        if port:
            lock.truncate()
            lock.write(f" at http://localhost:{port} (process {os.getpid()})")
            lock.flush()
        yield


def say(text: str) -> None:
    try:
        if text:
            print(text, flush=True)  # noqa: T201
    except BrokenPipeError:  # Ctrl-C ends a `tee` behind us too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_preparation(environment: dict[str, str]) -> str:
    """Migrate and the like, under the owner's role; gives the demonstration sign-ins."""
    done = subprocess.run(
        [sys.executable, "-m", "koprogo.serve_prepare"],
        cwd=ROOT, env=environment | {"KOPROGO_DATABASE_ROLE": "owner"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, process_group=0, preexec_fn=die_with_parent,
    )  # fmt: skip
    if done.returncode:
        raise StartError("the preparation has failed; the reason stands above.")
    return done.stdout.strip()


@contextmanager
def running(environment: dict[str, str]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The web server and the worker, by what they are called; they are stopped on the way out."""
    commands = {
        "The web server": ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "koprogo.wsgi:application"],
        # Checks load every page and the admin, 31 MB that no task needs; deploy/test makes them.
        "The background worker": ["manage.py", "procrastinate", "--skip-checks", "worker"],
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A process group of its own: Ctrl-C reaches this process only, which stops the others in order.
            children[name] = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=die_with_parent,
            )  # fmt: skip
        yield children
    finally:
        stop(list(children.values()))


def die_with_parent() -> None:
    """In the child, before it begins: kill -9 of this process must not leave it behind (Linux only)."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Let requests and jobs end, then kill what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def wait_until_served(host: str, port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for name, child in children.items():
            if child.poll() is not None:
                raise StartError(f"{name} has not started; the reason stands above.")
        with suppress(OSError), socket.create_connection((host, port), timeout=1):
            return
        time.sleep(0.05)
    raise StartError("the web server does not answer; the reason may stand above.")


def wait_for_an_end(children: dict[str, subprocess.Popen[bytes]]) -> str:
    """Wait until one child ends; gives its name."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    return next((name for name, child in children.items() if ended and child.pid == ended.si_pid), "A process")


if __name__ == "__main__":
    sys.exit(main())
