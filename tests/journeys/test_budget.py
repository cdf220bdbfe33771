"""One budget for all processes: real processes, a real database, a server that counts its bill."""

import json
import sys
from collections import Counter
from decimal import Decimal

import anyio
import pytest

from assistant.domain.costs import Budget
from assistant.storage.ledger import PostgresLedger
from tests.servers.openrouter import MODEL, Reply, openrouter_server
from tests.servers.spender import REQUEST
from tests.servers.web import ROOT

pytestmark = pytest.mark.anyio
ASKS = (13, 13, 12, 12)
SAID = "Revenue grew. " * 14  # about as long as it may be
ASKED = {"messages": [{"content": message.content} for message in REQUEST.messages]}


async def test_fifty_requests_of_four_processes_spend_no_more_than_the_budget(
    database, postgres, tmp_path
):
    with openrouter_server(answer=lambda body: Reply(text=SAID, first_s=0.2)) as server:
        one = server.cost(MODEL, ASKED, SAID)[2]
        budget = 10 * one
        given = {
            "dsn": database.url,
            "url": server.url,
            "folder": str(tmp_path),
            "asks": ASKS,
            "budget": str(budget),
        }
        told = [sys.executable, "-m", "tests.servers.spender", json.dumps(given)]
        ran = await anyio.run_process(told, cwd=ROOT, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    ends = [Counter(process) for process in json.loads(ran.stdout)]
    assert [process.total() for process in ends] == list(ASKS)
    answered = sum(process["answered"] for process in ends)
    assert 0 < answered <= 10
    assert answered == len(server.completions)
    assert server.billed == answered * one <= budget
    [counted] = await PostgresLedger(postgres).counted([Budget(Decimal(1))])
    assert counted == server.billed
