"""Where OpenRouter is and how it is waited for: values that are checked once, before anything is sent."""

import ipaddress
import re
from dataclasses import dataclass, field

import httpx

from assistant.domain.errors import InvalidRequest

_KEY = re.compile(r"[\x21-\x7e]+")
_SECURE = "https"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long OpenRouter may take, in seconds.

    Args:
        connect_s: Until the connection stands.
        silence_s: Between two bytes of any kind; comments that keep the connection count.
        first_s: Until the first event of an answer; comments do not count.
        idle_s: Between two events of an answer.
        total_s: From the question to the end of the answer, trying again included.
        again_s: The longest that the server may ask to wait before it is asked again.
        tries: How often it is asked, as long as nothing was said.
    """

    connect_s: float = 10
    silence_s: float = 30
    first_s: float = 60
    idle_s: float = 45
    total_s: float = 300
    again_s: float = 10
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenRouter server, the key to it, and a proxy on the way, where one is configured.

    Environment variables that name a proxy are not followed: nothing that happens to be set may put
    another machine in between. `proxy` is for who needs one.
    """

    url: str
    key: str = field(repr=False)
    proxy: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Check all of it.

        Raises:
            InvalidRequest: The address is no https address (loopback may be http), or the key or
                the proxy holds what no header may hold.
        """
        url = _parsed(self.url, "AEI_OPENROUTER_URL")
        if url.scheme != _SECURE and not (url.scheme == "http" and _is_loopback(url.host)):
            raise InvalidRequest(
                "AEI_OPENROUTER_URL is not an https address",
                "Only a server on this machine may be asked without encryption.",
            )
        if url.userinfo or url.query or url.fragment:
            raise InvalidRequest(
                "AEI_OPENROUTER_URL holds more than a server and a path",
                "It looks like https://openrouter.ai/api/v1.",
            )
        if not _KEY.fullmatch(self.key):
            raise InvalidRequest(
                "AEI_OPENROUTER_API_KEY holds characters that no key has",
                "Copy it again from openrouter.ai/keys, without spaces or line ends.",
            )
        if self.proxy:
            _parsed(self.proxy, "AEI_OPENROUTER_PROXY")

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """Scheme, host and port: nothing is sent to another."""
        url = httpx.URL(self.url)
        return url.scheme, url.host, url.port


def _parsed(given: str, setting: str) -> httpx.URL:
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidRequest(f"{setting} is no web address")
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
