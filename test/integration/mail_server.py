"""SMTP servers of aiosmtpd on loopback, until stdin ends. mail_server.py FOLDER CERTIFICATE KEY

Prints their ports as JSON: one in the clear, without TLS; one with STARTTLS and a login; one with TLS from the start and a login;
one with STARTTLS and without a login. What is kept lies in FOLDER as NUMBER.eml, with its envelope in NUMBER.json. By their names
recipients are refused (refused@), not taken the first time (greylisted@), kept without an answer (lost@), or their message refused
(spam@).
"""

import asyncio
import json
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

folder, certificate, key = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


class Handler:
    seen: set[str] = set()
    kept = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "refused":
            return "550 5.1.1 no such user"
        if name.startswith("greylisted") and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(to.startswith("spam@") for to in envelope.rcpt_tos):
            return "554 5.7.1 looks like spam"
        Handler.kept += 1
        path = folder / f"{Handler.kept}.eml"
        path.write_bytes(envelope.original_content)
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data.login.decode() if session.authenticated else None,
        }
        path.with_suffix(".json").write_text(json.dumps(told))
        if any(to.startswith("lost@") for to in envelope.rcpt_tos):
            server.transport.abort()
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    is_known = (data.login, data.password) == (b"churn", "gehe1m w\u00f6rd/of:mail@".encode())
    return AuthResult(success=is_known, handled=is_known, auth_data=data)


async def main():
    loop = asyncio.get_running_loop()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    starttls = {"tls_context": context, "require_starttls": True}
    login = {"auth_required": True, "authenticator": authenticate}

    async def listen(first=None, **options):
        server = await loop.create_server(lambda: SMTP(Handler(), **options), "127.0.0.1", 0, ssl=first)
        return server.sockets[0].getsockname()[1]

    ports = {
        "clear": await listen(),
        "starttls": await listen(**starttls, **login),
        # That it is TLS which it speaks it isn't told.
        "tls": await listen(first=context, auth_require_tls=False, **login),
        "nobody": await listen(**starttls, auth_exclude_mechanism=["LOGIN", "PLAIN"]),
    }
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
