"""The log of a server that logs to syslog."""

from __future__ import annotations

import json
import syslog

from twisted.logger import Logger, LogLevel
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.service.log import formats
from chatsvc.service.log.syslog import Syslog
from chatsvc.settings import levels


class SyslogTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.opened: list[tuple[object, ...]] = []
        self.written: list[tuple[int, str]] = []
        self.patch(syslog, "openlog", lambda *facts: self.opened.append(facts))
        self.patch(syslog, "syslog", lambda *line: self.written.append(line))

    def logs(self, log: Syslog, level: LogLevel, text: str) -> None:
        Logger("chatsvc.tests", observer=log).emit(level, "{text}", text=text)

    def test_priorities_and_name(self) -> None:
        log = Syslog("chat", formats.as_text)
        self.logs(log, LogLevel.info, "one\ntwo")
        self.logs(log, LogLevel.critical, "three")
        self.assertEqual(self.opened, [("chat", syslog.LOG_PID, syslog.LOG_DAEMON)])
        self.assertEqual(
            self.written,
            [
                (syslog.LOG_INFO, "[chatsvc.tests#info] one"),
                (syslog.LOG_INFO, "\ttwo"),
                (syslog.LOG_CRIT, "[chatsvc.tests#critical] three"),
            ],
        )

    def test_levels(self) -> None:
        log = Syslog("chat", formats.as_text)
        self.logs(log, LogLevel.debug, "too much")
        log.levels = levels.parsed("error")
        self.logs(log, LogLevel.warn, "too much")
        self.assertEqual(self.written, [])

    def test_json(self) -> None:
        self.logs(Syslog("chat", formats.as_json), LogLevel.warn, "<1> is not a priority")
        [(priority, line)] = self.written
        self.assertEqual(priority, syslog.LOG_WARNING)
        self.assertEqual(json.loads(line)["message"], "<1> is not a priority")
