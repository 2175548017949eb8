"""The use cases of identity. Other rooms call these and nothing else of this room; each takes the `Database`,
because who is asking is not known before they have run, or concerns rows that no tenant's transaction may see."""

from meguri.identity.gate import IdentitySettings, gate_of, open_gate
from meguri.identity.service.clients import agree as agree_to_program
from meguri.identity.service.clients import alone as token_alone
from meguri.identity.service.clients import authenticate as authenticate_client
from meguri.identity.service.clients import exchange, introspect, may_sign_in, with_password
from meguri.identity.service.clients import refresh as refresh_for
from meguri.identity.service.clients import revoke as revoke_for
from meguri.identity.service.data_space import scope_in_data_space
from meguri.identity.service.keys import create_api_key, install_key, list_api_keys, revoke_api_key
from meguri.identity.service.links import (
    accept_link,
    add_operator_admin,
    demand_email,
    invite,
    list_invitations,
    look_at_link,
    new_password_link,
    withdraw_invitation,
)
from meguri.identity.service.notices import answer_notice, list_notices, note_mailed, notices_to_mail
from meguri.identity.service.people import (
    change_access,
    change_role,
    companies_of_platform_operators,
    everyone,
    find_member,
    lend,
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
from meguri.identity.service.second_step import (
    begin_app,
    confirm_app,
    free_member,
    proofs_of,
    remove_app,
    renew_codes,
    waiting_app,
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
    "agree_to_program",
    "answer_notice",
    "authenticate_client",
    "begin_app",
    "change_access",
    "change_password",
    "change_role",
    "check_api_key",
    "claims_of_token",
    "companies_of_platform_operators",
    "confirm_app",
    "create_api_key",
    "create_session",
    "demand_email",
    "end_session",
    "everyone",
    "exchange",
    "find_member",
    "forget_old",
    "free_member",
    "gate_of",
    "install_key",
    "introspect",
    "invite",
    "lend",
    "list_access",
    "list_api_keys",
    "list_invitations",
    "list_notices",
    "list_people",
    "list_sign_ins",
    "look_at_link",
    "may_sign_in",
    "new_password_link",
    "note_mailed",
    "notices_to_mail",
    "open_access",
    "open_gate",
    "operators_of",
    "proofs_of",
    "prove_again",
    "refresh_for",
    "refresh_native",
    "refresh_plain",
    "remove_app",
    "remove_member",
    "renew_codes",
    "revoke_api_key",
    "revoke_for",
    "scope_in_data_space",
    "scope_of_claims",
    "scope_of_key",
    "scope_of_token",
    "session_of",
    "session_scope",
    "set_platform_role",
    "sign_in",
    "switch_operator",
    "token_alone",
    "verify_token_for_system",
    "waiting_app",
    "with_password",
    "withdraw_invitation",
]
