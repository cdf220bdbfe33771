"""What `aei doctor` says of the local model."""

import pytest

from assistant.cli.doctor import Finding, _finding, _local_model
from assistant.settings import Settings
from tests.servers.ollama import MODEL, Held, Ollama, refused_url, running

pytestmark = pytest.mark.anyio


async def found(tmp_path, url, **given):
    settings = Settings(data_dir=tmp_path, ollama_url=url, _env_file=None, **given)
    return await _finding("local model", _local_model, settings)


async def test_a_model_that_is_there_is_described(tmp_path):
    with running(Ollama({MODEL: Held(loaded=12_288)})) as server:
        finding = await found(tmp_path, server.url)
    said = f"{MODEL}, loaded, context 12288 tokens, Ollama {server.version}"
    assert finding == Finding("local model", True, said)


async def test_no_ollama_is_no_problem_unless_it_was_asked_for(tmp_path):
    url = refused_url()
    fine = await found(tmp_path, url)
    problem = await found(tmp_path, url, model="local")
    assert fine.ok
    assert "the built-in answerer answers" in fine.detail
    assert not problem.ok
    assert "ollama serve" in problem.hint


async def test_a_missing_model_is_named_with_the_way_to_get_it(tmp_path):
    with running(Ollama({})) as server:
        problem = await found(tmp_path, server.url, model="local")
    assert not problem.ok
    assert f"ollama pull {MODEL}" in problem.hint


async def test_a_server_elsewhere_is_a_problem_whatever_was_asked_for(tmp_path):
    problem = await found(tmp_path, "http://gpu.example:11434")
    assert not problem.ok
    assert "AEI_OLLAMA_ALLOWED_HOSTS" in problem.hint


async def test_where_no_local_model_is_wanted_nothing_is_asked(tmp_path):
    with running() as server:
        assert (await found(tmp_path, server.url, model="builtin")).ok
    assert server.asked == []
