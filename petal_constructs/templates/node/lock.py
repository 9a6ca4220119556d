"""lock.py FD SECONDS: lock an open file for as long as anybody has it open.

Ends with 1 if somebody else has the lock after that time. flock(2) of a node that mounts the file
over NFS and of the head node, on whose disk it lies, do not see each other: the first becomes a
lock of fcntl(2) on the server. Locks of open file descriptions are fcntl's and, like flock's,
belong to whoever inherits the file (fcntl(2), Linux 3.15; nfs(5)).
"""

import fcntl
import struct
import sys
import time

F_OFD_SETLK = 37  # asm-generic/fcntl.h
fd, end = int(sys.argv[1]), time.monotonic() + int(sys.argv[2])
whole_file = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
while True:
    try:
        fcntl.fcntl(fd, F_OFD_SETLK, whole_file)
        sys.exit(0)
    except (BlockingIOError, PermissionError):
        if time.monotonic() >= end:
            sys.exit(1)
        time.sleep(1)
