"""Servers on loopback that answer in raw bytes, and who asks them."""

import socket
import threading
from contextlib import contextmanager, suppress

from didkit_fr.flow import Request


def ask(fetcher, address, method="GET", **options):
    (outcome,) = fetcher((Request(method, address, **options),))
    return outcome


@contextmanager
def scripted(*answers):
    """A server of raw bytes: the n-th connection is answered by the n-th script, once a request's head is there.

    A GET that fails is tried again, by the fetcher and by the client library: four connections at most.
    """
    heads, listener = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        for answer in answers:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
                    head += more
                heads.append(head)
                for part in answer:
                    connection.sendall(part)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", heads
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


OK = b"HTTP/1.1 200 OK\r\n"


def answered(*fields, line=OK):
    return (line + b"".join(b"%s\r\n" % field for field in fields) + b"content-length: 0\r\n\r\n",)
