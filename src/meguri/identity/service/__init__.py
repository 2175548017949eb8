"""The use cases of identity. Other rooms call these and nothing else of this room; each takes the `Database`,
because who is asking is not known before they have run, or concerns rows that no tenant's transaction may see."""

from meguri.identity.gate import IdentitySettings, gate_of, open_gate
from meguri.identity.service.keys import create_api_key, install_key, list_api_keys, revoke_api_key
from meguri.identity.service.links import (
    accept_link,
    add_operator_admin,
    invite,
    list_invitations,
    look_at_link,
    new_password_link,
    withdraw_invitation,
)
from meguri.identity.service.people import (
    change_access,
    change_role,
    find_member,
    list_access,
    list_people,
    open_access,
    remove_member,
    set_platform_role,
)
from meguri.identity.service.rights import (
    check_api_key,
    claims_of_token,
    scope_of_claims,
    scope_of_key,
    scope_of_token,
    verify_token_for_system,
)
from meguri.identity.service.sessions import (
    create_session,
    end_session,
    list_sign_ins,
    operators_of,
    prove_again,
    session_of,
    session_scope,
    switch_operator,
)
from meguri.identity.service.signing_in import change_password, refresh_native, refresh_plain, sign_in
from meguri.identity.service.upkeep import forget_old

__all__ = [
    "IdentitySettings",
    "accept_link",
    "add_operator_admin",
    "change_access",
    "change_password",
    "change_role",
    "check_api_key",
    "claims_of_token",
    "create_api_key",
    "create_session",
    "end_session",
    "find_member",
    "forget_old",
    "gate_of",
    "install_key",
    "invite",
    "list_access",
    "list_api_keys",
    "list_invitations",
    "list_people",
    "list_sign_ins",
    "look_at_link",
    "new_password_link",
    "open_access",
    "open_gate",
    "operators_of",
    "prove_again",
    "refresh_native",
    "refresh_plain",
    "remove_member",
    "revoke_api_key",
    "scope_of_claims",
    "scope_of_key",
    "scope_of_token",
    "session_of",
    "session_scope",
    "set_platform_role",
    "sign_in",
    "switch_operator",
    "verify_token_for_system",
    "withdraw_invitation",
]
