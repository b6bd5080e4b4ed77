"""The chat server of asyncio tutorials: `writer.write` to everyone (PORT, and uvloop if wanted)."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

writers: set[asyncio.StreamWriter] = set()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what one client says, until it goes."""
    name = f"client{writer.get_extra_info('peername')[1]}"
    writer.write(f"server: Welcome, you are {name}.\n".encode())
    writers.add(writer)
    with suppress(ConnectionError):
        while line := await reader.readline():
            if line.startswith(b"/bc "):
                message = line[4:].decode().strip().strip('"')
                data = f"{name}: {message}\n".encode()
                for each in writers:
                    each.write(data)
    writers.discard(writer)
    writer.close()


async def main() -> None:
    """Serve for ever."""
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


if "uvloop" in sys.argv:
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())
