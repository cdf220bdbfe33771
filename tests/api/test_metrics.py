"""`/metrics`: questions, seconds, queues and breakers of the process, and nothing that anybody wrote."""

import re

import httpx

from assistant.api.metrics import Metrics
from assistant.domain.answers import Destination
from assistant.domain.errors import ModelMissing
from assistant.routing.breaker import Breaker
from assistant.routing.chain import Link
from assistant.routing.limits import Slots


def counted(web):
    text = httpx.get(f"{web.url}/metrics", timeout=60).text
    lines = re.findall(r"^(\w+(?:\{[^}]*\})?) ([\d.e+-]+)$", text, re.M)
    return text, {name: float(value) for name, value in lines}


def test_a_question_is_counted_with_how_it_ended_and_not_with_what_it_says(web):
    name = 'aei_questions_total{destination="builtin",outcome="unavailable"}'
    _, before = counted(web)
    asked = {"question": "predict NVDA for tomorrow, my secret word is Zanzibar"}
    assert httpx.post(f"{web.url}/api/v1/ask", json=asked, timeout=60).status_code == 200
    text, after = counted(web)
    assert after[name] == before.get(name, 0) + 1
    assert after['aei_answer_seconds_count{destination="builtin"}'] >= 1
    assert after['aei_model_waiting{model="local"}'] == 0
    assert after['aei_model_breaker{model="local"}'] in (0, 1, 2)
    assert "Zanzibar" not in text


def test_a_question_that_fails_is_counted_by_its_code():
    metrics = Metrics()
    metrics.ended(None, "service_unavailable", 1.5)
    metrics.ended(None, "stopped", 0.1)
    text = metrics.text().decode()
    for code in ("service_unavailable", "stopped"):
        assert f'aei_questions_total{{destination="",outcome="{code}"}} 1.0' in text
    assert "aei_answer_seconds_count" not in text


def test_a_queue_and_a_breaker_are_read_when_the_page_is_asked_for():
    slots, breaker = Slots(1, 1, 5), Breaker()
    metrics = Metrics([Link(Destination.LOCAL, "qwen", None, slots=slots, breaker=breaker)])
    for user in "abc":
        slots.enter(user)
    breaker.failed(breaker.enter(), ModelMissing("gone"))
    text = metrics.text().decode()
    assert 'aei_model_waiting{model="local"} 2.0' in text
    assert 'aei_model_breaker{model="local"} 2.0' in text
