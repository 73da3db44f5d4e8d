"""Passwords: how they are kept, and which are refused. Length and common ones count; what is in it does not (ASVS 6.2)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from spelregel.rules.message import Message, msg

SHORTEST = 10  # characters
LONGEST = 256  # what is longer is refused when it is set, and never matches
LOOKED_AT = 72  # characters that the estimate reads: its work grows with the length
GUESSABLE = 1  # zxcvbn's score up to which a password falls to a million guesses


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)


@cache
def _nobodys_hash() -> str:
    """Compared against when there is no such account, so that the answer takes as long."""
    return _hasher().hash(secrets.token_hex(16))


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


def hash_password(password: str) -> str:
    """Raises ValueError when it is longer than LONGEST."""
    if len(password) > LONGEST:
        raise ValueError(f"a password has at most {LONGEST} characters")
    return _hasher().hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Takes as long without a hash as with one."""
    password = password[: LONGEST + 1]
    try:
        return _hasher().verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def objection(password: str, words: Sequence[str]) -> Message | None:
    """Why this cannot be somebody's password; None when it can. `words`: what everybody knows of this person and place."""
    if len(password) < SHORTEST:
        return msg("Take at least %(count)s characters: a few words in a row are easy to remember.", count=SHORTEST)
    if len(password) > LONGEST:
        return msg("Take at most %(count)s characters.", count=LONGEST)
    known = [part for word in words for part in (word, *word.replace("@", " ").replace(".", " ").split()) if part]
    if password.lower() in _common() or zxcvbn(password[:LOOKED_AT], known, max_length=LOOKED_AT)["score"] <= GUESSABLE:
        return msg("This password is easy to guess. Take a few words that do not belong together.")
    return None
