"""One running web server for all tests of this folder."""

from tests.servers.web import web

__all__ = ["web"]
