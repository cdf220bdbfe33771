"""The environment that the web process is given."""

from pathlib import Path

from pydantic import SecretStr

from assistant.api.serve import server_environment
from assistant.settings import Settings


def settings(**values):
    return Settings(_env_file=None, **values)


def test_settings_are_handed_on_by_their_names():
    given = settings(data_dir=Path("/data"), port=81, database_url=SecretStr("postgresql://x"))
    made = server_environment({}, given)
    assert made["AEI_DATA_DIR"] == "/data"
    assert made["AEI_PORT"] == "81"
    assert made["AEI_DATABASE_URL"] == "postgresql://x"
    assert made["AEI_MODEL"] == "auto"


def test_what_is_not_set_is_not_handed_on():
    assert "AEI_SQL_LAYER" not in server_environment({}, settings(sql_layer=None))


def test_what_would_switch_on_services_of_chainlit_is_left_out():
    inherited = {
        "PATH": "/bin",
        "DATABASE_URL": "x",
        "LITERAL_API_KEY": "x",
        "SLACK_BOT_TOKEN": "x",
    }
    made = server_environment(inherited, settings())
    assert made["PATH"] == "/bin"
    assert not {"DATABASE_URL", "LITERAL_API_KEY", "SLACK_BOT_TOKEN"} & set(made)
