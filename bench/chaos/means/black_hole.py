"""Connections whose packets are all dropped, in both directions, while new ones work: as behind a
firewall or a router that has forgotten them.

The kernel drops what arrives at a socket to which a filter that passes nothing is attached; both
ends of a connection are other processes, whose sockets are borrowed for that.
"""

import ctypes
import os
import socket
import struct
from collections.abc import Iterable
from typing import Any

import psutil  # type: ignore[import-untyped]  # it has no types of its own

_PIDFD_GETFD = 438  # the number of the call, the same on every machine
_SO_ATTACH_FILTER = 26
# One instruction of a classic BPF filter: return 0, of the packet nothing is kept.
_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)


class NotAllowed(Exception):
    """This account may not borrow the sockets of these processes; its text is the reason."""


def swallow(
    clients: Iterable[psutil.Process],
    server: psutil.Process,
    port: int,
    only: frozenset[int] = frozenset(),
) -> int:
    """Black-hole every connection between these clients and the server's processes at a port, or
    `only` those from these ports of the clients; how many there were. Raises `NotAllowed`.
    """
    ours = {
        one.laddr.port: (client.pid, one.fd)
        for client in clients
        for one in _established(client)
        if one.raddr.port == port and (not only or one.laddr.port in only)
    }
    theirs = {
        one.raddr.port: (session.pid, one.fd)
        for session in server.children()
        for one in _established(session)
        if one.laddr.port == port
    }
    both = ours.keys() & theirs.keys()
    for number in both:
        _drop_all(*ours[number])
        _drop_all(*theirs[number])
    return len(both)


def _established(process: psutil.Process) -> list[Any]:
    try:
        connections = process.net_connections("tcp")
    except psutil.NoSuchProcess:
        return []
    except psutil.AccessDenied as denied:
        raise NotAllowed(f"the sockets of process {process.pid} are not shown") from denied
    return [one for one in connections if one.status == psutil.CONN_ESTABLISHED]


def _drop_all(pid: int, number: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    try:
        borrowed = libc.syscall(_PIDFD_GETFD, process, number, 0)
    finally:
        os.close(process)
    if borrowed < 0:
        why = os.strerror(ctypes.get_errno())
        raise NotAllowed(f"a socket of process {pid} may not be borrowed: {why}")
    filtering = ctypes.create_string_buffer(_NOTHING)
    with socket.socket(fileno=borrowed) as its:
        program = struct.pack("HxxxxxxP", 1, ctypes.addressof(filtering))
        its.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
