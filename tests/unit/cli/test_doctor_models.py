"""What `aei doctor` says of the cloud model, against the protocol server."""

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from assistant.cli.app import app
from assistant.cli.doctor import CHECKS
from assistant.domain.errors import BudgetSpent, ModelMissing, ServiceUnavailable
from assistant.settings import Settings
from tests.servers.openrouter import KEY, openrouter_server, refusing_url

pytestmark = pytest.mark.anyio
CHECK = dict(CHECKS)["cloud model"]


def settings(tmp_path, url, key=KEY, **given):
    return Settings(
        data_dir=tmp_path, openrouter_url=url, openrouter_api_key=SecretStr(key), **given
    )


async def test_without_a_key_it_is_off_and_nobody_is_asked(tmp_path):
    with openrouter_server() as server:
        assert (await CHECK(settings(tmp_path, server.url, key=""))).startswith("off")
        assert server.connections == 0


async def test_with_a_key_it_says_what_is_left_and_never_the_key(tmp_path):
    with openrouter_server() as server:
        said = await CHECK(settings(tmp_path, server.url))
    assert said == "anthropic/claude-sonnet-4.5, 7.50 of 10.00 USD left on the key"
    assert KEY[:12] not in said


async def test_a_key_without_a_limit_is_fine(tmp_path):
    with openrouter_server(limit=None, limit_remaining=None) as server:
        assert "no limit" in await CHECK(settings(tmp_path, server.url))


@pytest.mark.parametrize(("changed", "given", "kind"), [
    ({"limit_remaining": "0"}, {}, BudgetSpent),
    ({"key": "sk-or-v1-another"}, {}, ModelMissing),
    ({}, {"openrouter_model": "no/such"}, ModelMissing),
    ({"models_status": 502}, {}, ServiceUnavailable),
])  # fmt: skip
async def test_what_would_fail_later_is_a_problem_now(changed, given, kind, tmp_path):
    with openrouter_server(**changed) as server:
        with pytest.raises(kind) as problem:
            await CHECK(settings(tmp_path, server.url, **given))
        assert KEY not in f"{problem.value}{problem.value.hint}"


async def test_nobody_listening_is_a_problem(tmp_path):
    with pytest.raises(ServiceUnavailable):
        await CHECK(settings(tmp_path, refusing_url()))


def test_a_route_is_shown_without_asking_the_cloud_for_anything(tmp_path, monkeypatch):
    with openrouter_server() as server:
        for name, value in (("URL", server.url), ("API_KEY", KEY)):
            monkeypatch.setenv(f"AEI_OPENROUTER_{name}", value)
        monkeypatch.setenv("AEI_DATA_DIR", str(tmp_path))
        shown = CliRunner().invoke(app, ["route", "Compare margins and explain why", "--json"])
        assert shown.exit_code == 0
        assert server.connections == 0
    assert list(tmp_path.iterdir()) == []
