# What the commands of this folder share: system libraries and the virtual environment. Sourced, for bash.
# Nothing is done twice: the second time this takes a moment, and needs no network.

fail() {
    echo "KoproGo: $*" >&2
    exit 1
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A relative KOPROGO_DATA means: from where the command was given.
if [ -n "${KOPROGO_DATA:-}" ]; then
    KOPROGO_DATA=$(realpath --canonicalize-missing "$KOPROGO_DATA")
    export KOPROGO_DATA
fi
cd "$root" || fail "The folder $root cannot be entered."

# The distribution's own, where it is all there, even if another comes first in PATH: it is built with profiles, and runs
# our pages a quarter faster than one that was built by the defaults of Python's sources.
choose_python() {
    python=/usr/bin/python3
    "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || python=python3
}

check_python() {
    command -v "$python" > /dev/null || fail "Python 3.11 or newer is missing; on Debian 12: apt-get install python3"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed, this is $("$python" --version); Debian 12 has it: apt-get install python3"
}

# missing_packages run|test|encryption|loadtest|loadtest-proxy: prints the Debian packages whose content is not found, whoever installed it.
missing_packages() {
    "$python" - "$1" << 'PYTHON'
import ctypes, importlib.util, shutil, sys

def lacks_library(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return True

if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
    print("python3-venv")
if lacks_library("libpangoft2-1.0.so.0"):
    print("libpangoft2-1.0-0")
if lacks_library("libharfbuzz-subset.so.0"):  # WeasyPrint takes half as long again without it
    print("libharfbuzz-subset0")
if sys.argv[1] == "test" and not shutil.which("chromium"):
    print("chromium")
if sys.argv[1] in ("test", "encryption") and not shutil.which("age"):
    print("age")
if sys.argv[1].startswith("loadtest") and not shutil.which("wrk"):
    print("wrk")
if sys.argv[1] == "loadtest-proxy" and not shutil.which("caddy"):
    print("caddy")
PYTHON
}

install_packages() {
    local how="apt-get install --no-install-recommends $*"
    command -v apt-get > /dev/null || fail "Something is missing that Debian calls: $*. Install it and start again."
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo > /dev/null || fail "Ask an administrator to run: $how"
        sudo=(sudo)
    fi
    echo "KoproGo installs from Debian: $*"
    "${sudo[@]}" apt-get update -q > /dev/null || echo "KoproGo: apt-get update has failed; trying without." >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends "$@" > /dev/null ||
        fail "Could not be installed from Debian. Run as an administrator: $how"
}

install_missing_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$1")
    [ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
}

# A copy of each installed lock lies in .venv. The file `complete` goes before anything is changed and comes back when
# all is done: an environment without it was left half-way, and is made anew.
install_locks() {
    local lock stale=()
    for lock in "$@"; do
        cmp --quiet "deploy/$lock" ".venv/$lock" || stale+=("$lock")
    done
    if [ ! -e .venv/complete ] || ! .venv/bin/python -c 'import pip, django' 2> /dev/null; then
        echo "KoproGo makes its Python environment …"
        "$python" -m venv --clear .venv || fail "$python -m venv has failed; the reason stands above."
        stale=("$@")
    fi
    [ ${#stale[@]} = 0 ] && return
    rm -f .venv/complete
    for lock in "${stale[@]}"; do
        echo "KoproGo installs the packages of deploy/$lock (a few minutes, once) …"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "deploy/$lock" ||
            fail "The packages of deploy/$lock could not be installed; the reason stands above. Is there a network?"
        cp "deploy/$lock" ".venv/$lock"
    done
    touch .venv/complete
}

# set_up run | test | encryption | loadtest | loadtest-proxy. One start at a time sets up this clone, the others wait.
set_up() {
    local python
    choose_python
    check_python
    exec 9< deploy/requirements.txt
    flock 9
    install_missing_packages "$1"
    if [ "$1" = test ]; then
        install_locks requirements.txt requirements-test.txt
    else
        install_locks requirements.txt
    fi
    exec 9<&-
}
