"""Makes pytest notice what trial would: logged errors, lost ones, and a reactor left untidy."""

from __future__ import annotations

import gc
import importlib.metadata
import signal
from collections.abc import Generator, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from twisted.internet import reactor as _reactor
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import provider

reactor: Any = _reactor  # it can do more than its stubs tell
WAITING = ("test_cable", "test_stopped", "test_too_late")  # of a minute each, with hardly any work


# No test counts on being quick.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# At each test, pytest asks for the version of Twisted, which parses all that is known of it.
importlib.metadata.version = cache(importlib.metadata.version)

# A shell has its background jobs ignore Ctrl-C, and so would the programs that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test after which there is an error in the log, or something left in the reactor."""
    errors: list[str] = []

    @provider(ILogObserver)
    def observe(event: LogEvent) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.error:
            failure = event.get("log_failure")
            errors.append(failure.getTraceback() if failure else formatEvent(event))

    before = _in_the_reactor()
    globalLogPublisher.addObserver(observe)
    try:
        yield
        if isinstance(request.instance, SynchronousTestCase):
            errors.clear()  # trial has looked at these, and knows which of them were expected
        gc.collect()  # Deferreds log the errors that nobody took when they are collected
        gc.freeze()  # what has outlived this test is not looked at again, which takes long
    finally:
        globalLogPublisher.removeObserver(observe)
    left = _in_the_reactor() - before
    for each in left:
        if each in reactor.getDelayedCalls():
            each.cancel()
        else:
            reactor.removeReader(each)
            reactor.removeWriter(each)
    assert not errors, "errors were logged:\n" + "\n".join(errors)
    assert not left, f"left in the reactor: {left}"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import all tests without searches for garbage, which would take a quarter of that time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()  # what is imported stays
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have the workers begin with the tests that mostly wait, each with another of them."""
    waiting = [item for item in items if any(name in item.nodeid for name in WAITING)]
    if not waiting:
        return
    items[:] = [item for item in items if item not in waiting]
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    for number, item in enumerate(waiting):
        # Each worker is given an equal share of the list to begin with.
        items.insert(number % workers * (len(items) // workers), item)


def _in_the_reactor() -> set[Any]:
    own: set[Any] = reactor._internalReaders  # these come and go with its start and stop
    return {*reactor.getDelayedCalls(), *reactor.getReaders(), *reactor.getWriters()} - own
