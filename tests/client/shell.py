"""As much of a shell as job control needs: runs one command, which can be stopped and resumed.

Usage: python -m tests.client.shell COMMAND [ARGUMENTS]
"""

from __future__ import annotations

import os
import signal
import sys
import termios


def main() -> None:
    """Run the command as a job, on the terminal that is standard input."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    modes = termios.tcgetattr(0)
    job = os.fork()
    if not job:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(sys.argv[1], sys.argv[1:])
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpgid(0))
        if not os.WIFSTOPPED(status):
            break
        is_as_before = termios.tcgetattr(0) == modes
        print("stopped", is_as_before, *map(os.get_blocking, range(2)), flush=True)
        while sys.stdin.readline() != "fg\n":
            pass
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
