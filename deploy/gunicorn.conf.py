"""How gunicorn serves the site: one process for each CPU, a few threads in it that wait for the database.

Figures: list pages of the demonstration, everything on one CPU, wrk with 20 connections on another, six rounds in
turns, medians; differences below 5 % are noise.
"""

import ctypes
import gc
import os
import resource
from contextlib import suppress
from typing import Any

from koprogo.cpus import usable_cpus

# Only this machine, unless told otherwise: with demonstration data the passwords are known to everybody.
bind = f"{os.environ.get('KOPROGO_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"

# A second process on the same CPU gains nothing worth its memory: 1.90 ms of CPU a page for 2.07. Each holds four of
# the connections that deploy/postgresql.conf allows.
workers = min(usable_cpus(), 8)
os.environ["KOPROGO_WEB_PROCESSES"] = str(workers)  # koprogo.settings
# Two take what waits, and the others step in where a slow request (a PDF, an upload) holds one of them: all four at
# work on pages take a twentieth more CPU (koprogo.web_worker), eight a tenth. What waits is served kind by
# kind, 628 requests a second and more for 576 in the order of arrival (koprogo.by_kind).
threads = 4

# 2.07 ms, gunicorn's own gthread 2.20. That stood still for as long as 50 visitors were silent, sent or left slowly.
worker_class = "koprogo.web_worker.Worker"
# Whoever comes is let in, and after KOPROGO_MAX_WAIT told to come back: who is not let in waits where nobody counts.
# Tried with 4 000 at once: every answer within 5.6 s, a page or a 503, and the next visitor is served at once.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_files = 10_000 if _hard == resource.RLIM_INFINITY else min(10_000, _hard)
resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _hard))
worker_connections = _files // 2
backlog = 2048
keepalive = 15  # seconds, longer than the proxy's (deploy/Caddyfile): it never sends into a closed connection
timeout = 60  # of the loop that watches the connections, not of a request
graceful_timeout = 15  # less than koprogo/serve.py waits
# No max_requests: a restart now and then would hide what leaks, and be felt.

limit_request_line = 4094
limit_request_fields = 60  # twice what a browser and a proxy send
limit_request_field_size = 8190

# glibc gives each thread an arena of its own and keeps what it freed there: two are enough for one CPU.
M_ARENA_MAX = -8  # mallopt(3)
with suppress(AttributeError):  # another C library
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)

preload_app = True
loglevel = "error"  # a warning for each nonsense on the port would name visitors' addresses
control_socket_disable = True  # else a socket in the home folder
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a heartbeat, in memory)


def pre_fork(server: Any, worker: Any) -> None:
    """What was loaded stays: a full collection takes 53 ms of everybody's time when it looks through all of it.

    Its thresholds stay as they are: 0.1 collections a request, and 5 000 to 50 000 for 700 made no difference.
    """
    gc.collect()
    gc.freeze()
