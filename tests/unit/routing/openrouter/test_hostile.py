"""A server, a setting or a redirect that means harm: it must not hang us, fill us, or move a byte."""

import gzip
import itertools
import json
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from assistant.domain.errors import (
    AssistantError,
    EgressForbidden,
    InvalidRequest,
    MalformedReply,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.routing.providers.openrouter.endpoint import Endpoint
from assistant.routing.providers.openrouter.model import OpenRouterModel
from assistant.routing.providers.openrouter.prices import PriceBook
from tests.servers.openrouter import COMMENT, KEY, MODEL, Reply, failing, openrouter_server
from tests.unit.routing.openrouter.conftest import PATIENCE, text_of

pytestmark = pytest.mark.anyio
MIB = 1 << 20
FLOOD = {"id": "x", "choices": [{"index": 0, "delta": {"content": "a" * 100_000}}]}


def event(**changed):
    choice = {"index": 0, "delta": {"content": "Apple"}, "finish_reason": None}
    return b"data: " + json.dumps({"id": "g", "choices": [choice]} | changed).encode() + b"\n\n"


HOSTILE = [
    ("a line without an end", lambda: itertools.repeat(b"a" * 65536)),
    ("a delta of 10 MB", lambda: [event(choices=[{"delta": {"content": "a" * 10 * MIB}}])]),
    ("events without an end", lambda: itertools.repeat(event(**FLOOD))),
    ("comments without an end", lambda: itertools.repeat(COMMENT * 2000)),
    ("nesting", lambda: [b'data: {"choices":' + b"[" * 200_000 + b"\n\n"]),
    ("a number of a million digits", lambda: [b'data: {"created":' + b"9" * 900_000 + b"}\n\n"]),
    ("no number", lambda: [b'data: {"choices":[],"usage":{"cost":NaN}}\n\n']),
    ("a list", lambda: [b"data: [1]\n\n"]),
    ("no text", lambda: [b"data: \xff\xfe\n\n"]),
    ("choices of another shape", lambda: [event(choices={"delta": 1})]),
    ("a choice that is none", lambda: [event(choices=["Apple"])]),
    ("a choice without a delta", lambda: [event(choices=[{"index": 0}])]),
    ("text that is a number", lambda: [event(choices=[{"delta": {"content": 5}}])]),
    ("text that is a list", lambda: [event(choices=[{"delta": {"content": [{"a": 1}]}}])]),
    ("tool calls that are words", lambda: [event(choices=[{"delta": {"tool_calls": "rm"}}])]),
    ("tool calls that are none", lambda: [event(choices=[{"delta": {"tool_calls": [None]}}])]),
    ("an error that is a word", lambda: [event(error="no")]),
    ("an error that is a list", lambda: [event(error=["no"], choices=None)]),
    ("an unknown code", lambda: [event(error={"code": {"a": 1}, "message": None})]),
    ("nothing", list),
]  # fmt: skip


@pytest.mark.parametrize(("what", "blocks"), HOSTILE, ids=[h[0] for h in HOSTILE])
async def test_whatever_a_server_sends_ends_in_an_error_of_ours(what, blocks, opened, server, ask):
    server.answer = lambda body: Reply(raw=iter(blocks()))
    patience = replace(PATIENCE, tries=1, first_s=15)
    async with opened(server.url, patience=patience) as model:
        events, error = await ask(model)
    assert isinstance(error, ServiceFailed), error
    assert len(text_of(events)) < 20 * MIB
    assert len(error.message) < 600


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "a\n\nb", "x" * 100_000, "", "\x1b["]
)
async def test_a_model_cannot_write_into_the_route_by_its_name(name, model, server, ask):
    server.replies = [Reply(raw=iter([event(model=name, usage={"cost": 1}), b"data: [DONE]\n\n"]))]
    events, _ = await ask(model)
    assert events[0].route.reasons == (f"{MODEL} answered through OpenRouter",)
    assert events[-1].model == MODEL


async def test_a_compressed_answer_is_not_unpacked(opened, server, ask):
    bomb = gzip.compress(b"data: " + b"a" * 50 * MIB)
    server.answer = lambda body: Reply(raw=iter([bomb]), headers={"Content-Encoding": "gzip"})
    async with opened(server.url) as model:
        _, error = await ask(model)
    assert isinstance(error, MalformedReply)
    assert "compressed" in error.message


async def test_a_huge_error_is_not_read_to_its_end(model, server, ask):
    server.answer = lambda body: failing(400, "x" * 5 * MIB)
    _, error = await ask(model)
    assert isinstance(error, ServiceFailed)
    assert len(error.message) < 600


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_neither_the_prompt_nor_the_key_elsewhere(
    status, model, server, ask
):
    with openrouter_server() as elsewhere:
        there = {"Location": f"{elsewhere.url}/chat/completions"}
        server.answer = lambda body: replace(failing(status), headers=there)
        _, error = await ask(model)
        assert elsewhere.connections == 0
    assert isinstance(error, MalformedReply)
    assert "not followed" in error.message


async def test_the_door_opens_to_one_server_only(model, server):
    with openrouter_server() as elsewhere:
        for url in (f"{elsewhere.url}/key", "https://openrouter.ai/api/v1/key"):
            with pytest.raises(EgressForbidden):
                await model._http().get(url)
        assert elsewhere.connections == 0
    assert server.connections == 0


async def test_proxies_that_the_environment_names_see_nothing(opened, server, ask, monkeypatch):
    with openrouter_server() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy",
                     "OPENAI_PROXY"):  # fmt: skip
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("OPENAI_BASE_URL", proxy.url)
        monkeypatch.setenv("OPENAI_API_BASE", proxy.url)
        monkeypatch.setenv("OPENAI_ORG_ID", "org-secret")
        monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Leak: secret")
        async with opened(server.url) as model:
            events, _ = await ask(model)
        assert text_of(events) == "Apple grew."
        assert proxy.connections == 0
    assert "secret" not in str(server.completions[0].headers)


async def test_a_configured_proxy_carries_the_question(server, tmp_path, ask):
    with openrouter_server() as proxy:
        model = OpenRouterModel(
            Endpoint(server.url, KEY, proxy.url), "m", PriceBook.load(tmp_path), patience=PATIENCE
        )
        events, _ = await ask(model)
        await model.aclose()
        assert text_of(events) == "Apple grew."
        assert proxy.completions
    assert server.connections == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody knows, and its key, as files."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_server_is_told_nothing_before_its_certificate_is_trusted(
    trusted, certificate, opened, ask, monkeypatch
):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if trusted:  # as the certificate of a company is on its machines
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with openrouter_server(tls=context) as server:
        async with opened(server.url, patience=replace(PATIENCE, tries=1)) as model:
            events, error = await ask(model)
    if trusted:
        assert text_of(events) == "Apple grew."
    else:
        assert isinstance(error, ServiceUnavailable)
        assert server.asked == []


SETTINGS = [
    ("http://openrouter.ai/api/v1", KEY),
    ("http://127.0.0.1.evil.example/api/v1", KEY),
    ("http://localhost.evil.example/api/v1", KEY),
    ("http://127.0.0.1@evil.example/api/v1", KEY),
    ("https://user:password@openrouter.ai/api/v1", KEY),
    ("https://openrouter.ai/api/v1?to=evil", KEY),
    ("https://openrouter.ai/api/v1\r\nHost: evil", KEY),
    ("file:///etc/passwd", KEY),
    ("openrouter.ai", KEY),
    ("", KEY),
    ("https://openrouter.ai/api/v1", "sk\r\nX-Evil: 1"),
    ("https://openrouter.ai/api/v1", "sk key"),
    ("https://openrouter.ai/api/v1", "sk-\u2013key"),
    ("https://openrouter.ai/api/v1", ""),
]


@pytest.mark.parametrize(("url", "key"), SETTINGS)
def test_a_setting_that_would_send_it_elsewhere_or_more_of_it_is_refused(url, key):
    with pytest.raises(InvalidRequest) as refused:
        Endpoint(url, key)
    assert not key or key not in f"{refused.value}{refused.value.hint}"


@pytest.mark.parametrize("url", [
    "https://openrouter.ai/api/v1", "http://127.0.0.1:8080/v1", "http://localhost:1/v1",
    "http://[::1]:1/v1",
])  # fmt: skip
def test_https_and_this_machine_are_accepted(url):
    assert KEY not in repr(Endpoint(url, KEY))


@pytest.mark.parametrize("names", [("a/b:online",), ("a/b", "c/d:online")])
def test_a_model_that_asks_a_search_engine_is_refused(names, tmp_path):
    first, *rest = names
    with pytest.raises(InvalidRequest, match="search engine"):
        OpenRouterModel(
            Endpoint("https://openrouter.ai/api/v1", KEY), first, PriceBook.load(tmp_path),
            fallbacks=rest,
        )  # fmt: skip


@contextmanager
def saying(data):
    """A server that says this to every connection, whatever it is asked, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(65536)
                    client.sendall(data)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"


@pytest.mark.parametrize(("what", "said"), [
    ("a page", HEAD + b"Content-Type: text/html\r\n\r\n<html>Log in to the network</html>"),
    ("JSON", HEAD + b'Content-Type: application/json\r\n\r\n{"choices": []}'),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n"),
    ("nothing", b""),
    ("a huge head", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n"),
    ("fewer bytes than promised", HEAD + b"Content-Type: text/event-stream\r\n"
     b"Content-Length: 500\r\n\r\n: hello\n\n"),
])  # fmt: skip
async def test_a_server_that_is_none_is_told_apart(what, said, opened, ask):
    with saying(said) as url:
        async with opened(url, patience=replace(PATIENCE, tries=1)) as model:
            events, error = await ask(model)
    assert events == []
    assert isinstance(error, MalformedReply | ServiceUnavailable), error


async def test_hostile_lists_of_prices_and_accounts_are_no_failure(model, server):
    for body in (b"[]", b"{}", b'{"data": 5}', b'{"data": [1, {"id": 5}, {"id": "a/b", "pricing": 3},'
                 b'{"id": "c/d", "pricing": {"prompt": "-1", "completion": "NaN"}},'
                 b'{"id": "e/f", "pricing": {"prompt": "1e9", "completion": "0"}}]}'):  # fmt: skip
        before = dict(model.prices.models)
        with saying(HEAD + b"Content-Type: application/json\r\n\r\n" + body) as url:
            model.endpoint = Endpoint(url, KEY)
            model._client = None
            for asked in (model.fetch_prices, model.described):
                try:
                    await asked()
                except AssistantError as error:
                    assert isinstance(error, MalformedReply | ModelMissing)  # noqa: PT017
        assert model.prices.models == before
