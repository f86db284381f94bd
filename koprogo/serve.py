"""Start everything and keep it together: database, migrations, static files, web server, background worker.

`deploy/run` ends here. This process holds the lease on the embedded server and loads no Django; what must be done
under the owner's role is done once, in a child (`python -m koprogo.serve prepare`).
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from koprogo.postgres import EmbeddedServer
from koprogo.postgres_place import ServerError
from koprogo.roles import RolesError, check_roles

ROOT = Path(__file__).resolve().parents[1]
# A job that is not done by then is killed; the worker's own limit would mark it as aborted instead of taken up later.
PATIENCE = 20
PR_SET_PDEATHSIG = 1  # prctl(2)
LIBC = ctypes.CDLL(None)


class StartError(Exception):
    """It cannot start, or cannot go on; the message tells whoever started it what to do."""


def main() -> int:
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:  # nohup deploy/run
        signals.remove(signal.SIGHUP)
    for number in signals:
        signal.signal(number, signal.default_int_handler)
    try:
        serve()
    except KeyboardInterrupt:
        say("KoproGo has stopped.")
        return 0
    except (StartError, ServerError, RolesError) as error:
        print(f"KoproGo: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def serve() -> None:
    """Run until a signal comes (KeyboardInterrupt) or one of the children ends (StartError)."""
    host, port = os.environ.get("KOPROGO_BIND", "127.0.0.1"), read_port()
    check_port_is_free(host, port)
    server = EmbeddedServer.from_environment()
    environment = os.environ | {"PORT": str(port), "KOPROGO_DATABASE_ROLE": "app"}
    if server:
        environment.setdefault("KOPROGO_DEMO", "1")
    else:
        check_roles(os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", ""))
    with server.lease() if server else nullcontext():
        say("KoproGo prepares its database and its files …")
        sign_ins = run_preparation(environment)
        environment.pop("DATABASE_OWNER_URL", None)
        with running(environment) as children:
            wait_until_served(host, port, children)
            say(f"KoproGo is at http://localhost:{port} – Ctrl-C stops it.")
            say(f"Data: {server.data}" if server else "Data: the server of DATABASE_URL")
            if server and server.data not in server.place.cluster.parents:
                say(f"Database: {server.place.cluster} (PostgreSQL's user cannot reach the data folder)")
            say(sign_ins)
            raise StartError(f"{wait_for_an_end(children)} has ended by itself; the rest was stopped.")


def say(text: str) -> None:
    try:
        if text:
            print(text, flush=True)  # noqa: T201
    except BrokenPipeError:  # Ctrl-C ends a `tee` behind us too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartError(f"PORT={text} is no port: choose a number from 1024 to 65535.")
    return int(text)


def check_port_is_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            raise StartError(
                f"Port {port} cannot be used ({error.strerror}): stop what uses it, or choose another port, "
                f"PORT={port + 1} deploy/run."
            ) from None


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
        "The background worker": ["manage.py", "procrastinate", "worker"],
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
