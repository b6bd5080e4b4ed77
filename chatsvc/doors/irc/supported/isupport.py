"""The features in numeric 005 (ISUPPORT); all limits here are enforced."""

from __future__ import annotations

from chatsvc.chat.moderation.acts import MOST_IN_FORCE, REASON_LENGTH
from chatsvc.chat.people.user import AWAY_LENGTH
from chatsvc.chat.presence.watches import MOST_WATCHED
from chatsvc.chat.rooms.joining import MOST_JOINED
from chatsvc.chat.rooms.settings import PASSWORD_LENGTH, TOPIC_LENGTH
from chatsvc.doors.irc.wording.people import PREFIX, REALNAME_LENGTH, USER_LENGTH
from chatsvc.text.names import LONGEST, ROOM_NAME_LENGTH

CAP = "draft/extended-isupport"
MOST_TARGETS = 4  # of one PRIVMSG or NOTICE
MOST_HISTORY = 200  # lines in one answer of CHATHISTORY
USER_MODES = "BRTiow"
LIST_MODES = "Ibe"
CHANNEL_MODES = f"{LIST_MODES},k,l,CRimnst"
TOKENS_A_LINE = 12


def tokens(network: str) -> list[str]:
    """The tokens, in alphabetical order."""
    name = "".join([each if each.isalnum() or each in "-._" else "_" for each in network])
    return sorted(
        [
            "ACCOUNTEXTBAN=account",
            f"AWAYLEN={AWAY_LENGTH}",
            "BOT=B",
            "CASEMAPPING=ascii",
            f"CHANLIMIT=#:{MOST_JOINED}",
            f"CHANMODES={CHANNEL_MODES}",
            f"CHANNELLEN={ROOM_NAME_LENGTH + 1}",
            "CHANTYPES=#",
            f"CHATHISTORY={MOST_HISTORY}",
            "ELIST=CMNTU",
            "EXCEPTS=e",
            "EXTBAN=~,m",
            "INVEX=I",
            f"KEYLEN={PASSWORD_LENGTH}",
            f"KICKLEN={REASON_LENGTH}",
            "KNOCK",
            f"MAXLIST={LIST_MODES}:{MOST_IN_FORCE}",
            "MODES=6",
            f"MONITOR={MOST_WATCHED}",
            "MSGREFTYPES=msgid,timestamp",
            f"NAMELEN={REALNAME_LENGTH}",
            f"NETWORK={name}",
            f"NICKLEN={LONGEST}",
            f"PREFIX={PREFIX}",
            "SAFELIST",
            "STATUSMSG=@+",
            f"TARGMAX=JOIN:,KICK:{MOST_TARGETS},LIST:,NAMES:{MOST_TARGETS},PART:,"
            f"NOTICE:{MOST_TARGETS},PRIVMSG:{MOST_TARGETS},TAGMSG:{MOST_TARGETS},"
            f"WHOIS:1,MONITOR:{MOST_WATCHED}",
            f"TOPICLEN={TOPIC_LENGTH}",
            f"USERLEN={USER_LENGTH}",
            "UTF8ONLY",
            "WHOX",
        ]
    )


def lines(network: str) -> list[str]:
    """The tokens, in lines."""
    found = tokens(network)
    return [
        " ".join(found[start : start + TOKENS_A_LINE])
        for start in range(0, len(found), TOKENS_A_LINE)
    ]
