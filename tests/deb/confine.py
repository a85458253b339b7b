"""confine.py CALLS FAMILIES PROGRAM ARGUMENT…: runs a program under a seccomp filter as systemd makes it of SystemCallFilter= and
RestrictAddressFamilies= with SystemCallErrorNumber=EPERM: these system calls (names, by commas) are allowed, sockets of these families only."""

import ctypes
import os
import socket
import sys

# seccomp.h
ALLOW, ERRNO, EQUAL, UNKNOWN = 0x7FFF0000, 0x00050000, 4, -1
EPERM = 1


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("value", ctypes.c_uint64), ("second", ctypes.c_uint64)]


library = ctypes.CDLL("libseccomp.so.2")
library.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ERRNO | EPERM)))


def check(result):
    if result < 0:
        sys.exit(f"confine.py: {os.strerror(-result)}")


calls, families, *program = sys.argv[1:]
for name in calls.split(","):
    number = library.seccomp_syscall_resolve_name(name.encode())
    # A name of a newer kernel, as systemd passes over it.
    if number != UNKNOWN and name != "socket":
        check(library.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), number, 0, None))
for family in families.split(","):
    of_family = (Comparison * 1)(Comparison(0, EQUAL, getattr(socket, family), 0))
    number = library.seccomp_syscall_resolve_name(b"socket")
    check(library.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), number, 1, of_family))
check(library.seccomp_load(context))
os.execvp(program[0], program)
