"""Anything that may happen to a screen, for property tests."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from hypothesis import strategies as st

from chatsvc.terminal.styles import PLAIN
from tests.terminal.hostile import TEXTS, TYPED
from tests.terminal.sitting import BOLD, RED, Seat

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("show"), st.lists(st.tuples(TEXTS, st.sampled_from([PLAIN, RED, BOLD])))),
        st.tuples(st.just("type"), TYPED),
        st.tuples(st.just("status"), TEXTS),
        st.tuples(st.just("hint"), TEXTS),
        st.tuples(st.just("prompt"), TEXTS),
        st.tuples(st.just("up"), st.none()),
        st.tuples(st.just("down"), st.none()),
        st.tuples(st.just("scroll"), st.integers(-5, 5)),
        st.tuples(st.just("replace"), st.tuples(st.integers(0, 3), TEXTS)),
        st.tuples(st.just("pend"), st.tuples(st.integers(0, 3), TEXTS)),
        st.tuples(st.just("settle"), st.integers(0, 3)),
        st.tuples(st.just("resize"), st.tuples(st.integers(1, 30), st.integers(1, 12))),
        st.tuples(st.just("look"), st.none()),
    ),
    max_size=12,
)


def does(case: TestCase, seat: Seat, name: str, value: Any) -> None:
    """Have one of these happen; a look fails unless the terminal shows what the screen has."""
    screen = seat.screen
    match name:
        case "show":
            screen.scrollback.show(value, len(value))
        case "scroll":
            screen.scrollback.scroll(value)
        case "replace":
            screen.scrollback.replace(value[0], lambda old: [*old, (value[1], RED)])
        case "pend":
            screen.scrollback.pend(str(value[0]), [(value[1], RED)])
        case "settle":
            screen.scrollback.settle(str(value))
        case "type":
            seat.types(value)
        case "status":
            screen.status = [(value, BOLD)]
        case "hint":
            screen.hint = value
        case "prompt":
            screen.prompt.text = value
        case "up":
            screen.scrollback.page_up()
        case "down":
            screen.scrollback.page_down()
        case "resize":
            seat.resizes(*value)
        case "look":
            seat.looks()
            seat.terminal.shows(case, screen)
