"""What a device is asked and what it answers (WebAuthn level 3): adding a passkey, and logging in with one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from spelregel.records.accounts import Account
from spelregel.records.passkeys import MOST, Passkey, count_of, find_passkey, passkeys_of, set_riddle, take_riddle
from spelregel.storage.session import TenantSession

LONGEST_ANSWER: Final = 20_000  # characters of JSON: a device's answer has some thousand


class NotProven(ValueError):
    """The device's answer does not show what it should; why is nobody's business but ours."""


def asked_to_add(
    session: TenantSession, account: Account, host: str, name: str, person: str, now: datetime
) -> dict[str, Any]:
    """For `navigator.credentials.create`. `host`: the portal's own, without port: the passkey works there alone."""
    options = generate_registration_options(
        rp_id=host, rp_name=name, user_name=account.username, user_display_name=person, user_id=account.id.encode(),
        challenge=set_riddle(session, account.id, now),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys_of(session, account.id)],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )  # fmt: skip
    return options_to_json_dict(options)


def add_passkey(
    session: TenantSession, account: Account, answer: str, host: str, origin: str, name: str, now: datetime
) -> Passkey:
    """Raises NotProven. Two answers to one riddle add one passkey."""
    read = _read(answer)
    riddle = _riddle(read)
    if not take_riddle(session, riddle, account.id, now) or count_of(session, account.id) >= MOST:
        raise NotProven
    try:
        made = verify_registration_response(
            credential=read, expected_challenge=riddle, expected_rp_id=host, expected_origin=origin,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise NotProven from wrong
    credential_id = bytes_to_base64url(made.credential_id)
    if find_passkey(session, credential_id) is not None:
        raise NotProven
    passkey = Passkey(account_id=account.id, credential_id=credential_id, public_key=made.credential_public_key,
                      sign_count=made.sign_count, name=name, made_at=now, used_at=None)  # fmt: skip
    session.add(passkey)
    return passkey


def asked_at_the_door(session: TenantSession, host: str, now: datetime) -> dict[str, Any]:
    """For `navigator.credentials.get`: nobody is named, the device knows whose passkeys it has for this address."""
    options = generate_authentication_options(
        rp_id=host, challenge=set_riddle(session, None, now), user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json_dict(options)


def log_in_with_passkey(session: TenantSession, answer: str, host: str, origin: str, now: datetime) -> Account:
    """Whose passkey signed the riddle. Raises NotProven, also for an account that was disabled."""
    read = _read(answer)
    riddle = _riddle(read)
    known = find_passkey(session, str(read.get("id", ""))[:1400])
    if not take_riddle(session, riddle, None, now) or known is None:
        raise NotProven
    account = session.get_one(Account, (session.tenant, known.account_id))
    if account.disabled_at is not None:
        raise NotProven
    try:
        shown = verify_authentication_response(
            credential=read, expected_challenge=riddle, expected_rp_id=host, expected_origin=origin,
            credential_public_key=known.public_key, credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as wrong:
        raise NotProven from wrong
    known.sign_count, known.used_at = shown.new_sign_count, now
    return account


def _read(answer: str) -> dict[str, Any]:
    try:
        read = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError) as wrong:
        raise NotProven from wrong
    if not isinstance(read, dict) or not isinstance(read.get("response"), dict):
        raise NotProven
    return read


def _riddle(read: dict[str, Any]) -> bytes:
    """Which riddle the device says that it signed; whether it did is seen after that."""
    try:
        told = parse_client_data_json(base64url_to_bytes(read["response"]["clientDataJSON"]))
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise NotProven from wrong
    return told.challenge
