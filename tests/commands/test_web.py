"""How the web process listens."""

from granian.constants import SSLProtocols

from meguri.commands.web import _tls
from meguri.settings import load


def test_encrypted_connections_begin_with_tls_1_2() -> None:
    settings = load({}, secret_key="s" * 40, tls_certificate="c.pem", tls_key="k.pem")
    assert _tls(settings)["ssl_protocol_min"] is SSLProtocols.tls12
    assert _tls(load({}, secret_key="s" * 40)) == {}
