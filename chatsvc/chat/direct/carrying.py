"""Carrying over the offline messages of older versions, which had records of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chatsvc.chat.direct.inboxes import UNREAD_OVERHEAD, Peer, Unread, new_id
from chatsvc.events.speech import Left
from chatsvc.store import MOST_ROWS, NEWEST, Stored

if TYPE_CHECKING:
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.direct.inboxes import Inbox, Inboxes
    from chatsvc.store import Store

_OLD = "waiting/"


async def carry_over(store: Store, inboxes: Inboxes, accounts: Accounts, last_id: int) -> int:
    """Move the offline messages of older records to the inboxes, and return the last id given.

    If the server is killed meanwhile, nothing is lost or doubled. Raises StoreError.

    last_id: the last id given before.
    """
    for name, record in (await store.records(_OLD)).items():
        account = accounts.find(name.removeprefix(_OLD))
        if account is not None:
            inbox = inboxes.of(account.name)
            for at, speaker, text in json.loads(record.value):
                key, sender_id = await _conversation(inboxes, inbox, accounts, speaker)
                said = await store.before(key, NEWEST, MOST_ROWS)
                found = [each.id for each in said if (each.at, each.text) == (at, text)]
                entry_id = found[0] if found else last_id + 1
                if not found:
                    last_id += 1
                    facts = (last_id, key, last_id, at, Left.__name__, speaker, text, "", speaker)
                    appending = store.append([Stored(*facts)])
                    if appending is not None:
                        await appending
                size = len(text.encode()) + UNREAD_OVERHEAD
                inbox.unread[entry_id] = Unread(at, sender_id, size)
            await inboxes.keep(inbox)
        await store.put(name, None, record.version)
    return last_id


async def _conversation(
    inboxes: Inboxes, inbox: Inbox, accounts: Accounts, name: str
) -> tuple[str, str]:
    """The key of a conversation, and the id of the other side, whose account may be gone."""
    account = accounts.find(name)
    if account is not None:
        theirs = inboxes.of(account.name)
        other_id = theirs.id
        theirs.others.setdefault(inbox.id, Peer(inbox.name, True))
        await inboxes.keep(theirs)
    else:
        other_id = inbox.find(name, None) or new_id()
    inbox.others.setdefault(other_id, Peer(name, False))
    await inboxes.keep(inbox)
    return inbox.key(other_id), other_id
