"""What `aei ask --export` refuses before anything is asked."""

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app


@pytest.mark.parametrize("name", ["table.pdf", "table", "table.xlsm"])
def test_a_table_is_exported_as_csv_or_xlsx_only(name, tmp_path):
    target = tmp_path / name
    result = CliRunner().invoke(app, ["ask", "Compare A and B", "--export", str(target)])
    assert result.exit_code == 2
    assert "ends in .csv or .xlsx" in result.stderr
    assert not target.exists()
