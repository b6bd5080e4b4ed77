"""What other services post, as people read it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chatsvc.door.contract import LONGEST
from chatsvc.doors.web.programs.payloads import github
from chatsvc.doors.web.programs.payloads.fields import LINE_LENGTH, MOST_LINES, URL_LENGTH, line
from chatsvc.doors.web.programs.payloads.payload import text_of
from chatsvc.errors import Misused

URL = "https://github.com/octo/hello"
REPOSITORY = {"id": 186853002, "name": "hello", "full_name": "octo/hello", "html_url": URL}
SENDER = {"login": "ann", "id": 21031067, "type": "User"}


def commit(number: int, message: str = "") -> dict[str, Any]:
    return {
        "id": f"{number:07d}" + "a" * 33,
        "message": message or f"Commit {number}\n\nand why.",
        "timestamp": "2026-11-23T05:20:11+01:00",
        "url": f"{URL}/commit/{number}",
        "author": {"name": "Ann", "email": "ann@example.org", "username": "ann"},
        "added": [],
        "removed": [],
        "modified": ["README.md"],
    }


def push(*commits: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "ref": "refs/heads/main",
        "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
        "after": "0000001aaaa",
        "repository": REPOSITORY,
        "pusher": {"name": "ann", "email": "ann@example.org"},
        "sender": SENDER,
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"{URL}/compare/6113728...0000001",
        "commits": list(commits),
        "head_commit": commits[-1] if commits else None,
    } | more


def about(action: str, **things: Any) -> dict[str, Any]:
    return {"action": action, "repository": REPOSITORY, "sender": SENDER} | things


PULL = {"number": 5, "title": "A better  title", "html_url": f"{URL}/pull/5", "merged": False}
ISSUE = {"number": 7, "title": "It breaks", "html_url": f"{URL}/issues/7", "state": "open"}
COMMENT = {"html_url": f"{URL}/issues/7#issuecomment-1", "body": "\r\nSo it does.\r\nReally."}
RUN = {
    "name": "CI", "head_branch": "main", "conclusion": "timed_out", "html_url": f"{URL}/actions/1",
}  # fmt: skip
GITHUB = [
    ("ping", {"zen": "Design for failure.", "hook": {"events": ["push", "issues"]}} | about(""),
     "GitHub is connected and tells of: push, issues"),
    ("ping", {"hook": {"events": [None, 1, ["push"], "issues"]}} | about(""),
     "GitHub is connected and tells of: 1, issues"),
    ("push", push(commit(1)), f"ann pushed to main: 0000001 Commit 1 {URL}/commit/1"),
    ("push", push(commit(1), commit(2), forced=True),
     f"ann force-pushed 2 commits to main {URL}/compare/6113728...0000001"
     "\n0000001 Commit 1\n0000002 Commit 2"),
    ("push", push(after="0" * 40, deleted=True), "ann deleted main"),
    ("push", push(ref="refs/tags/v1.0"),
     f"ann pushed tag v1.0 {URL}/compare/6113728...0000001"),
    ("pull_request", about("opened", pull_request=PULL),
     f"ann opened pull request #5: A better title {URL}/pull/5"),
    ("pull_request", about("closed", pull_request=PULL | {"merged": True}),
     f"ann merged pull request #5: A better title {URL}/pull/5"),
    ("pull_request", about("review_requested", pull_request=PULL),
     f"ann review requested pull request #5: A better title {URL}/pull/5"),
    ("pull_request_review", about(
        "submitted", pull_request=PULL,
        review={"state": "changes_requested", "html_url": f"{URL}/pull/5#r1"}),
     f"ann wants changes of pull request #5: A better title {URL}/pull/5#r1"),
    ("issues", about("closed", issue=ISSUE), f"ann closed issue #7: It breaks {URL}/issues/7"),
    ("issue_comment", about("created", issue=ISSUE, comment=COMMENT),
     f"ann commented on #7: It breaks {URL}/issues/7#issuecomment-1\n> So it does."),
    ("issue_comment", about("deleted", issue=ISSUE, comment=COMMENT),
     f"ann deleted a comment on #7: It breaks {URL}/issues/7#issuecomment-1"),
    ("release", about("published", release={
        "tag_name": "v1.0", "name": "The first", "html_url": f"{URL}/releases/v1.0"}),
     f"ann published release v1.0: The first {URL}/releases/v1.0"),
    ("workflow_run", about("completed", workflow_run=RUN),
     f"CI: timed out on main {URL}/actions/1"),
    ("create", about("", ref="topic", ref_type="branch"), "ann created branch topic"),
    ("delete", about("", ref="v0", ref_type="tag"), "ann deleted tag v0"),
    ("branch_protection_rule", about("edited"), "ann: branch protection rule edited"),
]  # fmt: skip


def alert(**more: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "InstanceDown", "instance": "web1:9100", "severity": "critical"},
        "annotations": {"summary": "web1:9100 is down\nfor 5 minutes", "description": "..."},
        "startsAt": "2026-11-23T05:20:11.482Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
        "fingerprint": "a1b2c3d4e5f60718",
    } | more


def alertmanager(*alerts: dict[str, Any]) -> dict[str, Any]:
    return {
        "receiver": "chat",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "InstanceDown"},
        "commonLabels": {"alertname": "InstanceDown", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "version": "4",
        "groupKey": '{}:{alertname="InstanceDown"}',
        "truncatedAlerts": 0,
    }


def grafana(*alerts: dict[str, Any]) -> dict[str, Any]:
    return alertmanager(*alerts) | {
        "version": "1",
        "orgId": 1,
        "title": "[FIRING:2] InstanceDown (critical)",
        "state": "alerting",
        "message": "**Firing** ...",
        "externalURL": "http://grafana:3000/",
    }


OLD_GRAFANA = {
    "dashboardId": 1,
    "evalMatches": [{"value": 93.5, "metric": "load", "tags": {}}],
    "message": "Notification Message",
    "orgId": 1,
    "panelId": 2,
    "ruleId": 3,
    "ruleName": "High load",
    "ruleUrl": "http://grafana:3000/d/h?viewPanel=2",
    "state": "alerting",
    "title": "[Alerting] High load",
}


class Thing(dict[str, Any]):
    """Something in a payload, which notes that it is read."""

    read: ClassVar[set[int]] = set()

    def get(self, *names: Any) -> Any:
        self.read.add(id(self))
        return super().get(*names)


class LongTests(SynchronousTestCase):
    def test_of_many_things_only_those_that_are_told_are_worded(self) -> None:
        things = [Thing({"id": "1"}) for _ in range(1000)]
        Thing.read.clear()
        told = text_of({"commits": things, "ref": "refs/heads/main"}, "push")
        self.assertEqual(len(told.split("\n")), MOST_LINES + 2)
        self.assertEqual(len(Thing.read), MOST_LINES)

    def test_of_long_texts_only_the_beginning_is_read(self) -> None:
        long = "\n" * 1000 + "Title\n" + "x\n" * 100_000
        told = text_of({"commits": [{"id": "1", "message": long}]}, "push")
        self.assertIn(": 1 Title", told)
        alert = {"status": "firing", "labels": {str(number): "x" for number in range(10_000)}}
        self.assertLessEqual(len(text_of({"alerts": [alert]})), LINE_LENGTH)
        hook = {"events": ["push"] * 10_000}
        self.assertLessEqual(len(text_of({"hook": hook}, "ping")), LINE_LENGTH)


class PayloadTests(SynchronousTestCase):
    def test_githubs(self) -> None:
        for event, payload, expected in GITHUB:
            self.assertEqual(text_of(payload, event), f"[octo/hello] {expected}")

    def test_each_event_of_githubs_is_tried(self) -> None:
        self.assertLessEqual(set(github._EVENTS) - {event for event, *_ in GITHUB}, {
            "pull_request_review_comment",  # has the form of another
        })  # fmt: skip

    def test_many_commits_are_cut(self) -> None:
        lines = text_of(push(*map(commit, range(1, 10))), "push").split("\n")
        self.assertEqual(len(lines), 1 + MOST_LINES + 1)
        self.assertEqual(lines[-1], "and 4 more")

    def test_alertmanagers(self) -> None:
        one = "firing: InstanceDown (instance=web1:9100, severity=critical): web1:9100 is down"
        self.assertEqual(
            text_of(alertmanager(alert())), f"{one} http://prometheus:9090/graph?g0.expr=up"
        )
        other = alert(
            status="resolved",
            labels={"alertname": "InstanceDown", "instance": "web2", "severity": "critical"},
            annotations={},
        )
        self.assertEqual(
            text_of(alertmanager(alert(), other)),
            "1 firing, 1 resolved: InstanceDown (severity=critical) http://alertmanager:9093"
            "\nfiring: InstanceDown (instance=web1:9100): web1:9100 is down"
            "\nresolved: InstanceDown (instance=web2)",
        )

    def test_grafanas(self) -> None:
        panel = "http://grafana:3000/d/h?orgId=1&viewPanel=2"
        one = alert(values={"B": 93.5, "C": 1}, panelURL=panel)
        self.assertEqual(
            text_of(grafana(one)),
            "firing: InstanceDown (instance=web1:9100, severity=critical): web1:9100 is down"
            f" [B=93.5, C=1] {panel}",
        )
        self.assertEqual(
            text_of(grafana(one, one)).split("\n")[0],
            "2 firing: [FIRING:2] InstanceDown (critical) http://grafana:3000/",
        )
        self.assertEqual(
            text_of(OLD_GRAFANA),
            "alerting: High load: Notification Message [load=93.5]"
            " http://grafana:3000/d/h?viewPanel=2",
        )

    def test_texts(self) -> None:
        self.assertEqual(text_of({"text": "hello", "attachments": []}), "hello")
        self.assertEqual(text_of({"content": "hello", "embeds": []}), "hello")
        self.assertEqual(text_of({"text": 1, "content": "hello"}), "hello")

    def test_what_has_no_known_shape_is_refused(self) -> None:
        payloads: list[dict[str, Any]] = [
            {}, {"text": 1}, {"alerts": []}, {"alerts": {}}, {"orgId": 1}, {"message": "x"},
        ]  # fmt: skip
        for payload in payloads:
            self.assertRaises(Misused, text_of, payload)

    def test_long_lines_are_cut_and_strange_addresses_left_out(self) -> None:
        self.assertEqual(len(line("a" * 1000)), LINE_LENGTH)
        url = "https://x/" + "a" * (URL_LENGTH - 10)
        self.assertEqual(len(line("a" * 1000, url)), LINE_LENGTH + 1)
        self.assertEqual(line("a", f"{url}a"), "a")
        self.assertEqual(line("a", "javascript:alert(1)"), "a")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def broken(payload: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object, with anything in place of some of its fields."""
    return st.dictionaries(st.sampled_from([*payload]), ANYTHING).map(lambda new: payload | new)


class AnythingTests(SynchronousTestCase):
    @settings(max_examples=40)
    @given(
        st.sampled_from([(event, payload) for event, payload, _ in GITHUB]).flatmap(
            lambda pair: st.tuples(st.just(pair[0]), broken(pair[1]))
        )
    )
    def test_whatever_github_posts_becomes_a_few_lines(
        self, posted: tuple[str, dict[str, Any]]
    ) -> None:
        event, payload = posted
        self.check(text_of(payload, event))

    @settings(max_examples=40)
    @given(
        st.one_of(
            broken(grafana(alert(), alert())),
            broken(alertmanager(alert())),
            broken(OLD_GRAFANA),
            broken(alert()).map(alertmanager),
            broken(alert()).map(lambda one: grafana(one, one)),
        )
    )
    def test_whatever_tells_of_alerts_becomes_a_few_lines_or_is_refused(
        self, payload: dict[str, Any]
    ) -> None:
        try:
            self.check(text_of(payload))
        except Misused:
            self.assertFalse(payload.get("alerts") and isinstance(payload["alerts"], list))

    def check(self, text: str) -> None:
        self.assertTrue(text.strip())
        self.assertLessEqual(len(text.split("\n")), MOST_LINES + 3)
        self.assertLessEqual(len(text.encode("utf-8", "surrogatepass")), LONGEST)
        json.dumps(text)
