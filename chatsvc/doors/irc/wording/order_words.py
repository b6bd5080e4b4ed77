"""Acts of moderation as IRC's lines."""

from __future__ import annotations

from chatsvc.chat.moderation.targets import MUTED
from chatsvc.doors.irc.supported.modes import ACCOUNT
from chatsvc.doors.irc.wording.wording import Wording, words
from chatsvc.events import answers, orders

# By act that gives a name or a mask something: the mode.
_GIVEN: dict[type[orders.Order], str] = {
    orders.Opped: "+o",
    orders.Voiced: "+v",
    orders.Exempted: "+e",
    orders.LetIn: "+I",
}


@words(orders.Removed)
def _removed(to: Wording, event: orders.Removed, entry_id: int, at: float) -> str:
    why = f": {event.why}" if event.why else ""
    return to.by(event.name, f"QUIT :{event.how} by {event.actor}{why}", entry_id, at)


@words(orders.Kicked)
def _kicked(to: Wording, event: orders.Kicked, entry_id: int, at: float) -> str:
    why = event.why or event.actor
    return to.by(event.actor, f"KICK {event.room} {event.name} :{why}", entry_id, at)


@words(orders.Banned)
def _banned(to: Wording, event: orders.Banned, entry_id: int, at: float) -> str:
    lines = to.by(event.actor, f"MODE {event.room} +b {_mask(to, event.name)}", entry_id, at)
    if event.was_in:
        why = event.why or "banned"
        lines += to.by(event.actor, f"KICK {event.room} {event.name} :{why}", 0, at)
    return lines


@words(*_GIVEN)
def _given(to: Wording, event: orders.Order, entry_id: int, at: float) -> str:
    change = f"{_GIVEN[type(event)]} {event.name}"
    return to.by(event.actor, f"MODE {event.room} {change}", entry_id, at)


@words(orders.ModeratedSet)
def _moderated(to: Wording, event: orders.ModeratedSet, entry_id: int, at: float) -> str:
    return to.by(event.actor, f"MODE {event.room} +m", entry_id, at)


@words(orders.Undone)
def _undone(to: Wording, event: orders.Undone, entry_id: int, at: float) -> str:
    name = event.name
    change = {
        "ban": f"-b {_mask(to, name)}",
        "mute": f"-b {MUTED}{muted}" if (muted := _muted_mask(to, name)) else None,
        "exempt": f"-e {name}",
        "admit": f"-I {name}",
        "op": f"-o {name}",
        "voice": f"-v {name}",
        "moderated": "-m",
    }.get(event.kind)
    if change is None:
        return _order(to, event, entry_id, at)
    return to.by(event.actor, f"MODE {event.room} {change}", entry_id, at)


@words(orders.Muted)
def _muted(to: Wording, event: orders.Muted, entry_id: int, at: float) -> str:
    """The mode, if there is one; and what it does not say: a reason, and for how long."""
    mask = _muted_mask(to, event.name)
    if not mask:
        return _order(to, event, entry_id, at)
    line = to.by(event.actor, f"MODE {event.room} +b {MUTED}{mask}", entry_id, at)
    return line + _order(to, event, 0, at) if event.span or event.why else line


def _muted_mask(to: Wording, name: str) -> str:
    """The mask of a mute's target; empty for a guest, whose mute is no mode."""
    mask = _mask(to, name)
    return mask if "!" in name or mask.startswith(ACCOUNT) else ""


def _mask(to: Wording, name: str) -> str:
    """The mask of a ban's target, which may be a mask already, as the list of bans shows it."""
    if "!" in name or name.startswith(ACCOUNT):
        return name
    user = to.chat.users.get(name)
    account = user.account if user is not None else to.chat.accounts.find(name)
    if account is not None:
        return f"{ACCOUNT}{account.name}"
    return f"{name.replace(' ', '-')}!*@*"


def _order(to: Wording, event: orders.Order, entry_id: int, at: float) -> str:
    text = str(event).removeprefix("server: ")
    return to.notice(answers.Notice(text, event.room), at)


@words(orders.Redaction)
def _redaction(to: Wording, event: orders.Redaction, entry_id: int, at: float) -> str:
    if not to.has_redaction:
        return _order(to, event, entry_id, at)
    why = f" :{event.why}" if event.why else ""
    return to.by(event.actor, f"REDACT {event.room} {event.entry}{why}", entry_id, at)
