"""A program that prints what a program can know of how it has begun, and ends as it is told to."""

import json
import os
import signal
import sys
import threading
import time

if __name__ == "__main__":
    facts = {
        "arguments": sys.argv[1:],
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "encodings": [stream.encoding for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "environment": dict(os.environ),
        "folders": [os.getcwd(), sys.path[0]],
        "name": __name__,
        "of a session": os.getsid(0) == os.getpid(),
        "signals": [str(signal.getsignal(each)) for each in sorted(signal.valid_signals())],
        "terminals": [os.isatty(number) for number in range(3)],
        "threads": threading.active_count(),
        "zone": time.tzname,
    }
    print(json.dumps(facts))
    print(sys.stdin.readline(), file=sys.stderr)
    match sys.argv[1:]:
        case ["killed"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case [status]:
            sys.exit(int(status))
