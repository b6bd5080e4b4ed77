"""Runs our client, and notes the turns of its reactor.

python -m benchmarks.client_turns FILE, and the arguments of the client.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.attack.turns import note
from chatsvc.client.__main__ import main
from chatsvc.client.unused import leave_out

if __name__ == "__main__":
    leave_out(has_tls=False)
    note(Path(sys.argv.pop(1)))
    main()
