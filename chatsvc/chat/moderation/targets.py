"""Targets: the keys by which acts hit people, under any name.

A key is a kind, a blank, and an identity.

    account lohn         the owner of an account, by the skeleton of its name
    guest client7        the guest with that given name
    address 192.0.2.7    people from that address; for IPv6 a /64, as sessions have it
    network 192.0.2.0/24 people from anywhere in that network
    mask bo*!*@*.cloak   people whose name!username@cloak matches
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from chatsvc.chat.people.addresses import is_local, network
from chatsvc.chat.people.given_names import IPV4_IN_IPV6
from chatsvc.chat.people.keys import account_key, address_keys, guest_key, hook_key
from chatsvc.errors import SHOWN, ChatError
from chatsvc.text.names import ACCOUNT, ADDRESS, is_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chatsvc.chat.accounts.account import Account
    from chatsvc.chat.accounts.accounts import Accounts
    from chatsvc.chat.people.user import User
    from chatsvc.chat.people.users import Users

EVERYBODY = "everybody"  # the key of acts without a target
IPV6_PREFIX = 64  # bits of an IPv6 address that count as one address: see `addresses.network`
LONGEST_ADDRESS = 64  # characters; no address is longer
_IPV4_BEHIND = 96  # bits before the IPv4 address in an IPv6 address that stands for one
_OF_MACHINE = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_ALL_IPV6 = IPv6Network("2000::/3")  # all global addresses (RFC 4291, section 2.4)

Network = IPv4Network | IPv6Network
Span = tuple[int, int, int]  # the version of IP, the first address, and the last


class Target(NamedTuple):
    """The target of an act.

    name: as people know it.
    keys: an act hits everybody who has one of them.
    user: the person meant, if here.
    is_person: whether a person is meant, and not an address.
    """

    name: str
    keys: tuple[str, ...]
    user: User | None
    is_person: bool


MASK_LENGTH = 120  # characters
MUTED = "~m:"  # before a mask: an exemption from mutes, not from bans


def mask_key(text: str) -> str:
    """The key of a mask, whose missing parts match anything. Raises ChatError."""
    name, bang, rest = text.partition("!")
    if not bang:
        name, at, host = text.partition("@")
        name, rest = ("*", f"{name}@{host}") if at else (text, "*@*")
    username, _, host = rest.partition("@")
    mask = f"{name or '*'}!{username or '*'}@{host or '*'}"
    if len(mask) > MASK_LENGTH or " " in mask:
        raise ChatError(f'"{text[:SHOWN]}" is no mask such as bob!*@*.')
    return f"mask {mask}"


def is_mask(key: str) -> bool:
    """Whether a key is a mask's."""
    return key.startswith("mask ")


def is_address(key: str) -> bool:
    """Whether a key may hit several people."""
    return key.startswith(("address ", "network "))


def address_key(text: str) -> str:
    """The key of an address or a network, as people write it.

    For an IPv6 address it is the /64, as sessions have it; an IPv6 form of an IPv4 address counts
    as that one, as in `addresses.network`.

    Raises ChatError if it is no address, or this machine's: anybody may come through that, even
    people who could undo the act.
    """
    try:
        if len(text) > LONGEST_ADDRESS:
            raise ValueError
        host, slash, prefix = text.partition("/")
        found = f"address {network(host)}"  # raises ValueError for anything else
        if slash:
            if not (prefix.isascii() and prefix.isdecimal()):
                raise ValueError
            net = _translated(ip_network(f"{host.partition('%')[0]}/{prefix}", strict=False))
            is_halved = isinstance(net, IPv6Network) and not (
                net.is_link_local or _stands_for_ipv4(net)
            )
            if net.prefixlen < (IPV6_PREFIX if is_halved else net.max_prefixlen):
                found = f"network {net}"
    except ValueError:
        raise ChatError(f'"{text[:SHOWN]}" is no address such as 192.0.2.7 or 192.0.2.0/24.') from (
            None
        )
    if is_local(host):
        raise ChatError(f"{text} is this machine: that would hit everybody who comes through it.")
    return found


def _translated(net: Network) -> Network:
    """A network, or the IPv4 network that it stands for."""
    if isinstance(net, IPv6Network) and net.prefixlen >= _IPV4_BEHIND and _stands_for_ipv4(net):
        first = int(net.network_address) & 0xFFFFFFFF
        return IPv4Network((first, net.prefixlen - _IPV4_BEHIND))
    return net


def _stands_for_ipv4(net: IPv6Network) -> bool:
    return any(net.overlaps(each) for each in IPV4_IN_IPV6)


def check_width(key: str, own: Iterable[str] = ()) -> None:
    """Check that a network includes neither this machine nor everybody. Raises ChatError.

    own: the addresses of this machine, besides the loopback.
    """
    net = network_of(key)
    if is_of_machine(key, own) or (isinstance(net, IPv6Network) and _stands_for_ipv4(net)):
        raise ChatError(f"{net} holds this machine: that would hit everybody who comes through it.")
    if isinstance(net, IPv6Network) and net.supernet_of(_ALL_IPV6):
        raise ChatError(f"{net} is all of IPv6: that would hit everybody who uses it.")


def is_of_machine(key: str, own: Iterable[str] = ()) -> bool:
    """Whether the key of an address or network hits people from this machine.

    own: as in `check_width`.
    """
    nets = [*_OF_MACHINE, *[network_of(f"address {network(each)}") for each in own]]
    net = network_of(key)
    return any(net.overlaps(each) for each in nets)


def hits(keys: Iterable[str], others: Sequence[str]) -> bool:
    """Whether any of an act's keys hits a person with the other keys."""
    return any(
        key in others or (key.startswith("network ") and holds(span_of(key), spans_of(others)))
        for key in keys
    )


@lru_cache(1000)
def network_of(key: str) -> Network:
    """The network of a key."""
    return ip_network(key.partition(" ")[2])


@lru_cache(10_000)
def span_of(key: str) -> Span:
    """The network of a key, in a form that is fast to compare."""
    # Twice as fast as by the network: all people here are compared with a new ban.
    address, _, prefix = key.partition(" ")[2].partition("/")
    found = ip_address(address)
    first = int(found)
    others = (1 << found.max_prefixlen - int(prefix)) - 1 if prefix else 0
    return found.version, first, first | others


def spans_of(keys: Iterable[str]) -> list[Span]:
    """The spans of the keys that are addresses."""
    return [span_of(key) for key in keys if key.startswith("address ")]


def holds(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span holds one of the others."""
    for version, first, last in others:  # a plain loop, as there may be many
        if version == span[0] and span[1] <= first and last <= span[2]:
            return True
    return False


class Targets:
    """Finds the targets that people mean.

    hook: returns the name of a hook, as it is written; empty if there is none of that name.
    """

    def __init__(
        self, users: Users, accounts: Accounts, own_addresses: Callable[[], Iterable[str]]
    ) -> None:
        self.hook: Callable[[str], str] = lambda name: ""
        self._users = users
        self._accounts = accounts
        self._own_addresses = own_addresses

    def check(self, target: Target) -> None:
        """Check that the target, if it is an address, is not too wide. Raises ChatError."""
        if is_address(target.keys[0]) and not target.is_person:
            check_width(target.keys[0], self._own_addresses())

    def person(self, name: str) -> Target:
        """The person of that name: somebody here, the owner of an account, or a hook."""
        user = self._users.get(name)
        if user is not None:
            keys = [guest_key(user)]
            if user.account is not None:
                keys.insert(0, account_key(user.account.name))
            return Target(user.name, tuple(keys), user, True)
        account = self._accounts.find(name)
        if account is None and is_hook(name) and (hook := self.hook(name)):
            return Target(hook, (hook_key(hook),), None, True)
        if account is None:
            raise ChatError(f'Nobody is here, and nobody has an account, as "{name[:SHOWN]}".')
        return self._owner_of(account)

    def _owner_of(self, account: Account) -> Target:
        owner = self._users.owner(account)
        return Target(account.name, (account_key(account.name),), owner, True)

    def target(self, actor: User, text: str) -> Target:
        """The target of a ban or mute: a name, an account, a mask or an address.

        A guest is hit by address, or by the given name if the address is this machine's or the
        actor's own.
        """
        word, _, rest = text.partition(" ")
        if word.casefold() == ACCOUNT and rest:
            account = self._accounts.find(rest)
            if account is None:
                raise ChatError(f'There is no account "{rest[:SHOWN]}".')
            return self._owner_of(account)
        if word.casefold() == ADDRESS and rest:
            return _address(rest)
        if "!" in text or "*" in text or "@" in text:
            key = mask_key(text)
            return Target(key.partition(" ")[2], (key,), None, False)
        if "." in text or ":" in text:  # which no name has
            return _address(text)
        target = self.person(text)
        user = target.user
        if user is None or user.account is not None:
            return target
        addresses = address_keys(user)
        own, of_machine = address_keys(actor), self._own_addresses()
        if not addresses or any(key in own or is_of_machine(key, of_machine) for key in addresses):
            return target
        return target._replace(keys=tuple(addresses))

    def author(self, name: str) -> Target:
        """The author of a message, by the author's name at that time. Raises ChatError."""
        if name not in self._users:
            for user in self._users.in_any_order():
                if name == user.given_name or name in user.former_names:
                    return self.person(user.name)
        return self.person(name)


def _address(text: str) -> Target:
    key = address_key(text)
    return Target(key.partition(" ")[2], (key,), None, False)
