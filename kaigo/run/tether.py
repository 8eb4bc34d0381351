"""Start a program that ends with its parent: `python tether.py PARENT PROGRAM [ARGUMENT…]`.

The kernel sends SIGTERM to the program when the parent dies, even by `kill -9`. A plain script without
imports of the project, so that it costs nothing.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):  # it died before we asked
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (arguments of our own, no shell wanted)
