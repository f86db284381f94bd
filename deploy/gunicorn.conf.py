"""How gunicorn serves the site: one process for one vCPU, a few threads that wait for the database."""

import os

# Only this machine, unless told otherwise: with demonstration data the passwords are known to everybody.
bind = f"{os.environ.get('KOPROGO_BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = 1
worker_class = "gthread"
threads = 4
preload_app = True
timeout = 60
graceful_timeout = 15  # less than koprogo/serve.py waits
loglevel = "warning"
control_socket_disable = True  # else a socket in the home folder
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a heartbeat, in memory)
