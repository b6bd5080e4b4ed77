"""chatsvc-admin: the administrator's commands, over a unix socket beside the store.

A command is a function in a file of `commands/`, one file a subject; to add one, add a function.
The first parameter says where the function runs. With a `Call` (server/call.py), it runs in the
server, and may be

- a coroutine function, for what is done at once: what `call.session` is told is the answer;
- a generator function, or an asynchronous one, for everything else: it yields `Row`, `Facts` and
  `Line` (answer.py), from which the tables for people and the lines of `--json` are made.

With a `Console` (console/asking.py), it runs in the program chatsvc-admin itself, without a server
if need be; it is a generator function, and may ask the server for other commands.

The other parameters are the syntax: positional ones are arguments, those after the * are options.
Annotated[..., "text"] explains one in the help; a Text takes the rest of the line. The docstring is
the help. Mistakes are a ChatError (refused) or a Misused; any other error is a bug.

    @command("purge", asks="Delete what {name} has said?")
    async def purge(
        call: Call, name: str, *, room: Annotated[str, "only in this room"] = ""
    ) -> AsyncIterator[Item]:
        \"""Delete what somebody has said.\"""
        for number in range(await somehow(call.chat, room, name)):
            yield Row({"number": number})

Nothing is sent faster than it is read. When the client ends, `call.is_over` is true, and the
generator is closed at its next yield, so long work yields now and then. The server has other work
between two yields; between them, a generator takes no longer than some milliseconds
(`call.chat.turns` splits longer work), and lists that may change meanwhile are copied. The log has
all commands except those with `looks=True`: who ran them, with their arguments except for a Text.
`asks` is the question for a person at the terminal; scripts give --yes. The man page and the
completion list all commands: run docs/command_lines.
"""
