"""What GitHub posts: https://docs.github.com/en/webhooks/webhook-events-and-payloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatsvc.doors.web.programs.payloads.fields import (
    MOST_TOLD,
    first_line,
    line,
    list_at,
    shortened,
    text_at,
)

ABOUT_LENGTH = 100  # characters of the name of a repository
SHORT = 7  # characters of a commit's id
_NOBODY = "0" * SHORT  # begins the id of no commit

Payload = dict[str, Any]

_ACTIONS = {"synchronize": "updated", "ready_for_review": "opened for review"}
_STATES = {"approved": "approved", "changes_requested": "wants changes of"}


def lines_of(payload: Payload, event: str) -> list[str]:
    """The lines for an event.

    event: its name, from the header X-GitHub-Event.
    """
    about = text_at(payload, "repository", "full_name") or text_at(payload, "organization", "login")
    who = text_at(payload, "sender", "login") or "somebody"
    about = line(about)[:ABOUT_LENGTH]
    first, *rest = _EVENTS.get(event, _other(event))(payload, who)
    return [f"[{about}] {first}" if about else first, *rest]


def _other(event: str) -> Callable[[Payload, str], list[str]]:
    def words(payload: Payload, who: str) -> list[str]:
        what = " ".join([event, text_at(payload, "action")]).replace("_", " ").strip()
        return [line(f"{who}: {what}")]

    return words


def _ping(payload: Payload, who: str) -> list[str]:
    events = list_at(payload.get("hook"), "events")[:MOST_TOLD]
    told = ", ".join(filter(None, map(text_at, events)))
    return [line(f"GitHub is connected{f' and tells of: {told}' if told else ''}")]


def _push(payload: Payload, who: str) -> list[str]:
    kind, _, name = text_at(payload, "ref").removeprefix("refs/").partition("/")
    where = f"tag {name}" if kind == "tags" else name
    who = text_at(payload, "pusher", "name") or who
    commits = list_at(payload, "commits")
    url = text_at(payload, "compare")
    if text_at(payload, "after").startswith(_NOBODY):
        return [line(f"{who} deleted {where}")]
    if not commits:
        return [line(f"{who} pushed {where}", url)]
    done = "force-pushed" if payload.get("forced") is True else "pushed"
    told = shortened(commits, _commit)
    if len(commits) == 1:
        return [line(f"{who} {done} to {where}: {told[0]}", text_at(commits[0], "url") or url)]
    return [line(f"{who} {done} {len(commits)} commits to {where}", url), *told]


def _commit(commit: object) -> str:
    return line(f"{text_at(commit, 'id')[:SHORT]} {first_line(text_at(commit, 'message'))}")


def _thing(field: str, called: str) -> Callable[[Payload, str], list[str]]:
    """The words for what is done to an issue or a pull request."""

    def words(payload: Payload, who: str) -> list[str]:
        thing = payload.get(field)
        action = text_at(payload, "action")
        done = _ACTIONS.get(action, action.replace("_", " "))
        if action == "closed" and isinstance(thing, dict) and thing.get("merged") is True:
            done = "merged"
        return [_about(f"{who} {done} {called}", thing)]

    return words


def _about(begin: str, thing: object, url: str = "") -> str:
    """A line about an issue or a pull request."""
    number, title = text_at(thing, "number"), text_at(thing, "title")
    return line(f"{begin} #{number}: {title}", url or text_at(thing, "html_url"))


def _comment(payload: Payload, who: str) -> list[str]:
    issue = payload.get("issue") or payload.get("pull_request")
    url = text_at(payload, "comment", "html_url")
    action = text_at(payload, "action")
    if action != "created":
        return [_about(f"{who} {action} a comment on", issue, url)]
    said = first_line(text_at(payload, "comment", "body"))
    return [_about(f"{who} commented on", issue, url), *([line(f"> {said}")] if said else [])]


def _review(payload: Payload, who: str) -> list[str]:
    state = text_at(payload, "review", "state").lower()
    begin = f"{who} {_STATES.get(state, 'reviewed')} pull request"
    return [_about(begin, payload.get("pull_request"), text_at(payload, "review", "html_url"))]


def _release(payload: Payload, who: str) -> list[str]:
    tag, name = text_at(payload, "release", "tag_name"), text_at(payload, "release", "name")
    also = f": {name}" if name not in ("", tag) else ""
    text = f"{who} {text_at(payload, 'action')} release {tag}{also}"
    return [line(text, text_at(payload, "release", "html_url"))]


def _workflow(payload: Payload, who: str) -> list[str]:
    run = payload.get("workflow_run")
    state = text_at(run, "conclusion") or text_at(run, "status") or text_at(payload, "action")
    text = f"{text_at(run, 'name')}: {state.replace('_', ' ')} on {text_at(run, 'head_branch')}"
    return [line(text, text_at(run, "html_url"))]


def _made(done: str) -> Callable[[Payload, str], list[str]]:
    """The words for a branch or a tag that is made or deleted."""

    def words(payload: Payload, who: str) -> list[str]:
        return [line(f"{who} {done} {text_at(payload, 'ref_type')} {text_at(payload, 'ref')}")]

    return words


_EVENTS: dict[str, Callable[[Payload, str], list[str]]] = {
    "ping": _ping,
    "push": _push,
    "issues": _thing("issue", "issue"),
    "pull_request": _thing("pull_request", "pull request"),
    "issue_comment": _comment,
    "pull_request_review_comment": _comment,
    "pull_request_review": _review,
    "release": _release,
    "workflow_run": _workflow,
    "create": _made("created"),
    "delete": _made("deleted"),
}
