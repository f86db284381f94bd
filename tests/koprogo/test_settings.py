"""Settings are read from the environment; what is missing stops the start with a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

OURS = {"DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "KOPROGO_DATA", "KOPROGO_TLS", "KOPROGO_DATABASE_ROLE",
        "KOPROGO_PROXIES"}  # fmt: skip
BOTH = {"DATABASE_URL": "postgres://koprogo_app:a@h/d", "DATABASE_OWNER_URL": "postgres://koprogo_owner:b@h/d"}


def read(expression: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The settings of a fresh process with this environment alone."""
    code = f"from koprogo import settings; print(settings.{expression})"
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=kept | {"KOPROGO_DATA": str(data)} | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "role"), [("DATABASE_OWNER_URL", "app"), ("DATABASE_URL", "owner")])
def test_a_missing_address_of_the_role_at_work_stops_the_start(tmp_path: Path, name: str, role: str) -> None:
    process = read("DEBUG", tmp_path, SECRET_KEY="x" * 50, KOPROGO_DATABASE_ROLE=role, **{name: BOTH[name]})
    assert process.returncode == 1
    assert "Set both DATABASE_URL" in process.stderr


def test_a_foreign_database_needs_a_secret_key(tmp_path: Path) -> None:
    process = read("DEBUG", tmp_path, **BOTH)
    assert process.returncode == 1
    assert "SECRET_KEY" in process.stderr.splitlines()[-1]


def test_the_application_needs_no_owners_address(tmp_path: Path) -> None:
    assert read("DEBUG", tmp_path, SECRET_KEY="x" * 50, DATABASE_URL=BOTH["DATABASE_URL"]).stdout == "False\n"


def test_the_application_serves_and_the_owner_only_when_asked(tmp_path: Path) -> None:
    expression = "DATABASES['default']['USER']"
    assert read(expression, tmp_path, SECRET_KEY="x" * 50, **BOTH).stdout == "koprogo_app\n"
    owner = read(expression, tmp_path, SECRET_KEY="x" * 50, KOPROGO_DATABASE_ROLE="owner", **BOTH)
    assert owner.stdout == "koprogo_owner\n"


def test_a_foreign_database_means_tls_and_the_embedded_one_does_not(tmp_path: Path) -> None:
    assert read("SESSION_COOKIE_SECURE", tmp_path, SECRET_KEY="x" * 50, **BOTH).stdout == "True\n"
    assert read("SESSION_COOKIE_SECURE", tmp_path).stdout == "False\n"


def test_https_is_demanded_for_this_host_and_not_for_the_whole_domain(tmp_path: Path) -> None:
    assert read("SECURE_HSTS_SECONDS", tmp_path, SECRET_KEY="x" * 50, **BOTH).stdout == "31536000\n"
    for name in ["SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD"]:
        assert read(f"__dict__.get('{name}', False)", tmp_path, SECRET_KEY="x" * 50, **BOTH).stdout == "False\n"


def test_no_proxy_is_trusted_unless_it_is_said(tmp_path: Path) -> None:
    assert read("KOPROGO_PROXIES", tmp_path).stdout == "0\n"
    assert read("ALLAUTH_TRUSTED_PROXY_COUNT", tmp_path, KOPROGO_PROXIES="1").stdout == "1\n"


def test_the_embedded_servers_secret_is_made_once(tmp_path: Path) -> None:
    first, second = (read("SECRET_KEY", tmp_path).stdout for _ in range(2))
    assert len(first) > 40
    assert first == second


def test_the_context_is_set_before_anything_asks_the_database() -> None:
    names = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    assert names.index("SessionMiddleware") < names.index("AuthenticationMiddleware")
    assert names.index("AuthenticationMiddleware") < names.index("LoginRequiredMiddleware")
    assert settings.DATABASES["default"]["OPTIONS"]["prepare_threshold"] is not None
