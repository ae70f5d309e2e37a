"""Runs a command and prints what it took: seconds, seconds of processors, kilobytes, exit code.

A process of its own, and a small one, because a child begins with the peak of memory of the process
that started it.
"""

import os
import sys
import time

NULL = [(os.POSIX_SPAWN_OPEN, out, os.devnull, os.O_WRONLY, 0) for out in (1, 2)]

start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=NULL)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - start
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status))
