"""Labels of messages, by which clients find the answers.

https://ircv3.net/specs/extensions/labeled-response
"""

from __future__ import annotations

from functools import partial
from types import coroutine
from typing import TYPE_CHECKING, Any

from chatsvc.doors.irc.codec.message import ended, escape, with_tag

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Sequence

LABELED = frozenset({"labeled-response", "batch"})  # the capabilities of whom labels are for


class Hushed(str):
    """The label, perhaps empty, of a message that the door answers in its own words.

    The chat's notices that answer it are left out.
    """

    __slots__ = ()


def answer(label: str, lines: Sequence[str], server: str, batch: str) -> str:
    """The answer to a label: an acknowledgement, one line, or a batch.

    lines: without their ends.
    server: its name.
    batch: the reference of the batch, if one is needed.
    """
    tag = f"label={escape(label)}"
    if not lines:
        return ended(f"@{tag} :{server} ACK")
    if len(lines) == 1 or _is_batch(lines):
        return "".join(map(ended, [with_tag(lines[0], tag), *lines[1:]]))
    inner = [with_tag(line, f"batch={batch}") for line in lines]
    begin = f"@{tag} :{server} BATCH +{batch} labeled-response"
    return "".join(map(ended, [begin, *inner, f":{server} BATCH -{batch}"]))


def _is_batch(lines: Sequence[str]) -> bool:
    """Whether some lines form one batch."""
    first, last = lines[0].partition(" BATCH +"), lines[-1].partition(" BATCH -")
    return bool(first[1] and last[1]) and first[2].split(" ")[0] == last[2]


@coroutine
def stepwise(
    work: Coroutine[Any, Any, None], take: Callable[[Callable[[], Any]], Any]
) -> Generator[Any, Any, None]:
    """Run a coroutine whose steps, up to where it waits, are taken by a function.

    That tells what the coroutine does from what is done while it waits.

    take: called with each step; makes that call, and returns what it returns.
    """
    step = partial(work.send, None)
    while True:
        try:
            awaited = take(step)
        except StopIteration:
            return
        try:
            step = partial(work.send, (yield awaited))
        except BaseException as error:
            step = partial(work.throw, error)
