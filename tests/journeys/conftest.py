"""The whole application in process: real database, real reading processes, no face."""

import pytest

from assistant.bootstrap import open_app
from assistant.settings import Settings


@pytest.fixture
async def app(database, tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=database.url, readers=1, _env_file=None)
    async with open_app(settings) as opened:
        yield opened
