-- name: account_by_email
-- A person as sign-in needs them. in: email text
SELECT person_id, email, name, password_hash, public_password, platform_role,
       EXISTS (SELECT FROM authenticator_app AS app WHERE app.person_id = person.person_id AND confirmed_at IS NOT NULL) AS two_steps
  FROM person WHERE email = %(email)s;

-- name: account_by_id
SELECT person_id, email, name, password_hash, public_password, platform_role,
       EXISTS (SELECT FROM authenticator_app AS app WHERE app.person_id = person.person_id AND confirmed_at IS NOT NULL) AS two_steps
  FROM person WHERE person_id = %(person_id)s;

-- name: add_person
INSERT INTO person (person_id, email, name, password_hash, public_password, created_at, password_changed_at)
VALUES (%(person_id)s, %(email)s, %(name)s, %(password_hash)s, %(public_password)s, %(at)s, %(at)s)
ON CONFLICT (email) DO NOTHING;

-- name: public_accounts
-- Accounts that everybody may try, with the operator that they joined first.
SELECT DISTINCT ON (person.email) person.email, person.name, person.public_password AS password, membership.operator_id
  FROM person JOIN membership USING (person_id)
 WHERE person.public_password IS NOT NULL
 ORDER BY person.email, membership.since, membership.operator_id;

-- name: set_password
-- A password that somebody chose is not public any more.
UPDATE person SET password_hash = %(password_hash)s, public_password = NULL, password_changed_at = %(at)s WHERE person_id = %(person_id)s;

-- name: renew_hash
-- The same password under today's parameters.
UPDATE person SET password_hash = %(password_hash)s WHERE person_id = %(person_id)s;

-- name: set_platform_role
UPDATE person SET platform_role = %(platform_role)s WHERE person_id = %(person_id)s;

-- name: companies_of_platform_operators
SELECT DISTINCT membership.operator_id FROM membership JOIN person USING (person_id)
 WHERE person.platform_role = 'platform_operator' ORDER BY 1;

-- name: memberships
-- The operators a person may act for, first joined first. out: operator_id, role, state
SELECT membership.operator_id, membership.role, operator_access.state
  FROM membership JOIN operator_access USING (operator_id)
 WHERE membership.person_id = %(person_id)s AND (membership.ends_at IS NULL OR membership.ends_at > %(at)s)
 ORDER BY membership.since, membership.operator_id;

-- name: right
-- What a person may do for an operator now; no row if they are no member. signed_in: whether the sign-in still holds.
SELECT membership.role, person.platform_role, operator_access.state,
       %(sign_in_id)s::uuid IS NULL OR EXISTS (
         SELECT FROM refresh_family
          WHERE family_id = %(sign_in_id)s AND refresh_family.person_id = person.person_id AND revoked_at IS NULL
       ) AS signed_in
  FROM membership JOIN person USING (person_id) JOIN operator_access USING (operator_id)
 WHERE membership.operator_id = %(operator_id)s AND membership.person_id = %(person_id)s
   AND (membership.ends_at IS NULL OR membership.ends_at > %(at)s);

-- name: open_access
INSERT INTO operator_access (operator_id, state, since) VALUES (%(operator_id)s, 'active', %(at)s)
ON CONFLICT (operator_id) DO NOTHING;

-- name: change_access
UPDATE operator_access SET state = %(state)s, since = %(at)s, reason = %(reason)s
 WHERE operator_id = %(operator_id)s AND state <> 'ended';

-- name: access_state
SELECT state FROM operator_access WHERE operator_id = %(operator_id)s;

-- name: accesses
SELECT operator_id, state, since, reason FROM operator_access ORDER BY operator_id LIMIT 1000;

-- name: lock_operator
-- Changes of one operator's members come one after another. out: operator_id
SELECT operator_id FROM operator_access WHERE operator_id = %(operator_id)s FOR UPDATE;

-- name: members
SELECT person_id, person.email, person.name, membership.role, membership.since
  FROM membership JOIN person USING (person_id)
 WHERE membership.operator_id = %(operator_id)s AND (person_id > %(after)s OR %(after)s::uuid IS NULL)
 ORDER BY person_id LIMIT %(limit)s;

-- name: member
SELECT person_id, person.email, person.name, membership.role, membership.since
  FROM membership JOIN person USING (person_id)
 WHERE membership.operator_id = %(operator_id)s AND person_id = %(person_id)s;

-- name: member_by_email
SELECT person_id, person.email, person.name, membership.role, membership.since
  FROM membership JOIN person USING (person_id)
 WHERE membership.operator_id = %(operator_id)s AND person.email = %(email)s;

-- name: count_other_admins
SELECT count(*) FROM membership
 WHERE operator_id = %(operator_id)s AND role = 'admin' AND person_id <> %(person_id)s;

-- name: count_memberships_elsewhere
SELECT count(*) FROM membership WHERE person_id = %(person_id)s AND operator_id <> %(operator_id)s;

-- name: save_membership
INSERT INTO membership (operator_id, person_id, role, since) VALUES (%(operator_id)s, %(person_id)s, %(role)s, %(at)s)
ON CONFLICT (operator_id, person_id) DO UPDATE SET role = excluded.role, ends_at = CASE WHEN %(lasts)s THEN NULL ELSE membership.ends_at END;

-- name: lend_membership
-- A viewer for a while; one of the company's own people stays what they are.
INSERT INTO membership (operator_id, person_id, role, since, ends_at) VALUES (%(operator_id)s, %(person_id)s, 'viewer', %(at)s, %(ends_at)s)
ON CONFLICT (operator_id, person_id) DO UPDATE SET ends_at = excluded.ends_at WHERE membership.ends_at IS NOT NULL;

-- name: forget_lent
DELETE FROM membership WHERE ends_at < %(at)s;

-- name: remove_membership
DELETE FROM membership WHERE operator_id = %(operator_id)s AND person_id = %(person_id)s;

-- name: add_link
INSERT INTO one_time_link (token_hash, link_id, purpose, operator_id, email, name, role, made_at, made_by, ends_at)
VALUES (%(token_hash)s, %(link_id)s, %(purpose)s, %(operator_id)s, %(email)s, %(name)s, %(role)s, %(at)s, %(by)s,
        %(ends_at)s);

-- name: open_link
-- A link that still holds. FOR UPDATE: two uses of one link come one after another, and the second finds it used.
SELECT link_id, purpose, operator_id, email, name, role, made_at, ends_at
  FROM one_time_link WHERE token_hash = %(token_hash)s AND used_at IS NULL AND ends_at > %(at)s
   FOR UPDATE;

-- name: use_link
UPDATE one_time_link SET used_at = %(at)s WHERE token_hash = %(token_hash)s AND used_at IS NULL;

-- name: open_invitations
SELECT link_id, purpose, operator_id, email, name, role, made_at, ends_at
  FROM one_time_link
 WHERE operator_id = %(operator_id)s AND purpose <> 'new_password' AND used_at IS NULL AND ends_at > %(at)s
 ORDER BY made_at, link_id LIMIT 100;

-- name: withdraw_link
UPDATE one_time_link SET used_at = %(at)s
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND used_at IS NULL AND ends_at > %(at)s;

-- name: withdraw_links_for
-- Earlier links for the same person hold no longer once a new one is made.
UPDATE one_time_link SET used_at = %(at)s
 WHERE operator_id = %(operator_id)s AND email = %(email)s AND used_at IS NULL;

-- name: attempts
SELECT failed_at, locked_until FROM sign_in_failure
 WHERE account_hash = %(account_hash)s AND client_address = %(client_address)s;

-- name: lock_attempts
-- Makes the row if there is none, and locks it: failures of one pair are counted one after another.
INSERT INTO sign_in_failure (account_hash, client_address, failed_at, last_at)
VALUES (%(account_hash)s, %(client_address)s, '{}', %(at)s)
ON CONFLICT (account_hash, client_address) DO UPDATE SET last_at = excluded.last_at
RETURNING failed_at, locked_until;

-- name: save_attempts
UPDATE sign_in_failure SET failed_at = %(failed_at)s, locked_until = %(locked_until)s
 WHERE account_hash = %(account_hash)s AND client_address = %(client_address)s;

-- name: forget_attempts
DELETE FROM sign_in_failure WHERE account_hash = %(account_hash)s AND client_address = %(client_address)s;

-- name: add_family
INSERT INTO refresh_family (family_id, operator_id, person_id, kind, client_id, client_address, user_agent, started_at, seen_at,
                            ends_at)
VALUES (%(family_id)s, %(operator_id)s, %(person_id)s, %(kind)s, %(client_id)s, %(client_address)s, %(user_agent)s, %(at)s, %(at)s,
        %(ends_at)s);

-- name: add_refresh_token
INSERT INTO refresh_token (token_hash, family_id, parent_hash, ends_at)
VALUES (%(token_hash)s, %(family_id)s, %(parent_hash)s, %(ends_at)s);

-- name: family_of_token
-- The sign-in of a refresh token, locked: uses of one family come one after another.
SELECT family_id, operator_id, person_id, kind, refresh_family.started_at, refresh_family.ends_at, revoked_at,
       refresh_token.ends_at AS token_ends_at, client_id
  FROM refresh_token JOIN refresh_family USING (family_id)
 WHERE token_hash = %(token_hash)s
   FOR UPDATE OF refresh_family;

-- name: kin
-- A refresh token, its parent, and all children of that parent. out: token_hash, parent_hash, used, dead
SELECT kin.token_hash, kin.parent_hash, kin.used, kin.dead
  FROM refresh_token AS asked
  JOIN refresh_token AS kin ON kin.family_id = asked.family_id
   AND (kin.token_hash IN (asked.token_hash, asked.parent_hash) OR kin.parent_hash = asked.parent_hash)
 WHERE asked.token_hash = %(token_hash)s;

-- name: use_refresh_token
UPDATE refresh_token SET used = true WHERE token_hash = %(token_hash)s;

-- name: end_refresh_tokens
UPDATE refresh_token SET dead = true WHERE token_hash = ANY(%(hashes)s);

-- name: see_family
UPDATE refresh_family SET seen_at = %(at)s WHERE family_id = %(family_id)s;

-- name: revoke_family
UPDATE refresh_family SET revoked_at = %(at)s, revoked_why = %(why)s
 WHERE family_id = %(family_id)s AND revoked_at IS NULL;

-- name: revoke_families_of_client
UPDATE refresh_family SET revoked_at = %(at)s, revoked_why = %(why)s
 WHERE client_id = %(client_id)s AND revoked_at IS NULL;

-- name: revoke_own_family
UPDATE refresh_family SET revoked_at = %(at)s, revoked_why = %(why)s
 WHERE family_id = %(family_id)s AND person_id = %(person_id)s AND revoked_at IS NULL;

-- name: revoke_families
-- All of a person's sign-ins with tokens, or only those for one operator.
UPDATE refresh_family SET revoked_at = %(at)s, revoked_why = %(why)s
 WHERE person_id = %(person_id)s AND revoked_at IS NULL
   AND (operator_id = %(operator_id)s OR %(operator_id)s::uuid IS NULL);

-- name: add_session
INSERT INTO page_session (cookie_hash, session_id, operator_id, person_id, csrf_secret, client_address, user_agent,
                          started_at, proved_at, seen_at, ends_at)
VALUES (%(cookie_hash)s, %(session_id)s, %(operator_id)s, %(person_id)s, %(csrf_secret)s, %(client_address)s,
        %(user_agent)s, %(at)s, %(at)s, %(at)s, %(ends_at)s);

-- name: session
-- A page session that holds, with what its person may do now; no row if they are no member any more.
SELECT session_id, page_session.operator_id, page_session.person_id, csrf_secret, proved_at, seen_at, page_session.ends_at,
       person.name, person.email, person.platform_role, membership.role, operator_access.state,
       EXISTS (SELECT FROM account_notice AS told
                WHERE told.person_id = page_session.person_id AND told.seen_at IS NULL
                  AND told.sign_in_id IS DISTINCT FROM page_session.session_id) AS noticed
  FROM page_session
  JOIN person USING (person_id)
  JOIN membership USING (operator_id, person_id)
  JOIN operator_access USING (operator_id)
 WHERE cookie_hash = %(cookie_hash)s AND ended_at IS NULL AND (membership.ends_at IS NULL OR membership.ends_at > %(at)s);

-- name: see_session
UPDATE page_session SET seen_at = %(at)s WHERE cookie_hash = %(cookie_hash)s;

-- name: prove_session
UPDATE page_session SET proved_at = %(at)s WHERE session_id = %(session_id)s AND person_id = %(person_id)s;

-- name: move_session
UPDATE page_session SET operator_id = %(operator_id)s
 WHERE session_id = %(session_id)s AND person_id = %(person_id)s AND ended_at IS NULL;

-- name: end_session
UPDATE page_session SET ended_at = %(at)s
 WHERE session_id = %(session_id)s AND person_id = %(person_id)s AND ended_at IS NULL;

-- name: end_sessions
UPDATE page_session SET ended_at = %(at)s
 WHERE person_id = %(person_id)s AND ended_at IS NULL AND session_id IS DISTINCT FROM %(kept)s::uuid
   AND (operator_id = %(operator_id)s OR %(operator_id)s::uuid IS NULL);

-- name: sign_ins
-- What a person is signed in with, the youngest first.
SELECT session_id AS sign_in_id, 'page' AS kind, operator_id, client_address, user_agent, started_at, seen_at, ends_at
  FROM page_session
 WHERE person_id = %(person_id)s AND ended_at IS NULL AND ends_at > %(at)s AND seen_at > %(idle_since)s
 UNION ALL
SELECT family_id, kind, operator_id, client_address, user_agent, started_at, seen_at, ends_at
  FROM refresh_family
 WHERE person_id = %(person_id)s AND revoked_at IS NULL AND ends_at > %(at)s
 ORDER BY started_at DESC, sign_in_id DESC LIMIT 100;

-- name: add_key
INSERT INTO api_key (key_id, key_hash, hint, name, attribute, role, owner_id, address_ranges, created_at, created_by,
                     is_public, redirect_uris)
VALUES (%(key_id)s, %(key_hash)s, %(hint)s, %(name)s, %(attribute)s, %(role)s, %(owner_id)s, %(address_ranges)s, %(at)s,
        %(by)s, %(is_public)s, %(redirect_uris)s)
ON CONFLICT (key_hash) DO NOTHING;

-- name: bind_key
INSERT INTO api_key_operator (operator_id, key_id) VALUES (%(operator_id)s, %(key_id)s) ON CONFLICT DO NOTHING;

-- name: key_by_hash
-- A key that was not revoked; a public one only where these are allowed. out: key_id, attribute, role, owner_id,
-- address_ranges, last_used_at, operator_ids, state
SELECT api_key.key_id, attribute, role, owner_id, address_ranges, last_used_at,
       ARRAY(SELECT bound.operator_id FROM api_key_operator AS bound WHERE bound.key_id = api_key.key_id
              ORDER BY bound.operator_id) AS operator_ids,
       operator_access.state
  FROM api_key LEFT JOIN operator_access ON operator_access.operator_id = owner_id
 WHERE key_hash = %(key_hash)s AND revoked_at IS NULL AND (NOT is_public OR %(with_public)s);

-- name: client
-- A key that was not revoked, as the program that it was given to. out: see model.Client
SELECT api_key.key_id, name, role, owner_id, operator_access.state, redirect_uris,
       ARRAY(SELECT bound.operator_id FROM api_key_operator AS bound WHERE bound.key_id = api_key.key_id
              ORDER BY bound.operator_id) AS operator_ids
  FROM api_key LEFT JOIN operator_access ON operator_access.operator_id = owner_id
 WHERE api_key.key_id = %(key_id)s AND revoked_at IS NULL AND (NOT is_public OR %(with_public)s);

-- name: use_key
UPDATE api_key SET last_used_at = %(at)s WHERE key_id = %(key_id)s;

-- name: keys_of
SELECT key_id, name, hint, attribute, role, address_ranges, created_at, last_used_at, revoked_at, redirect_uris
  FROM api_key
 WHERE owner_id = %(operator_id)s AND (key_id > %(after)s OR %(after)s::uuid IS NULL)
 ORDER BY key_id LIMIT %(limit)s;

-- name: revoke_key
UPDATE api_key SET revoked_at = %(at)s
 WHERE owner_id = %(operator_id)s AND key_id = %(key_id)s AND revoked_at IS NULL;

-- name: own_key
SELECT key_id, name, hint, attribute, role, address_ranges, created_at, last_used_at, revoked_at, redirect_uris
  FROM api_key WHERE owner_id = %(operator_id)s AND key_id = %(key_id)s;

-- name: signing_keys
SELECT kid, private_sealed, public_jwk, signs_from, signs_until, published_until
  FROM signing_key WHERE published_until > %(at)s ORDER BY signs_from, kid;

-- name: lock_signing_keys
SELECT pg_advisory_xact_lock(hashtext('meguri signing keys'));

-- name: add_signing_key
INSERT INTO signing_key (kid, private_sealed, public_jwk, signs_from, signs_until, published_until)
VALUES (%(kid)s, %(private_sealed)s, %(public_jwk)s, %(signs_from)s, %(signs_until)s, %(published_until)s);

-- name: forget_signing_keys
DELETE FROM signing_key WHERE published_until < %(before)s;

-- name: forget_attempts_before
DELETE FROM sign_in_failure WHERE last_at < %(before)s;

-- name: forget_tokens_before
DELETE FROM refresh_token USING refresh_family
 WHERE refresh_token.family_id = refresh_family.family_id
   AND (refresh_family.ends_at < %(before)s OR refresh_family.revoked_at < %(before)s);

-- name: forget_families_before
DELETE FROM refresh_family WHERE ends_at < %(before)s OR revoked_at < %(before)s;

-- name: forget_sessions_before
DELETE FROM page_session WHERE ends_at < %(before)s OR ended_at < %(before)s;

-- name: forget_links_before
DELETE FROM one_time_link WHERE ends_at < %(before)s;

-- name: forget_steps_before
DELETE FROM spent_step WHERE ends_at < %(before)s;

-- name: forget_notices_before
DELETE FROM account_notice WHERE at < %(before)s AND seen_at IS NOT NULL;

-- name: spend_step
-- Takes a step once: no row when it was taken before.
INSERT INTO spent_step (step_hash, ends_at) VALUES (%(step_hash)s, %(ends_at)s) ON CONFLICT DO NOTHING;

-- name: add_passkey
INSERT INTO passkey (credential_id, passkey_id, person_id, name, public_key, sign_count, synced, made_at)
VALUES (%(credential_id)s, %(passkey_id)s, %(person_id)s, %(name)s, %(public_key)s, %(sign_count)s, %(synced)s, %(at)s)
ON CONFLICT (credential_id) DO NOTHING;

-- name: passkeys_of
SELECT passkey_id, credential_id, name, synced, made_at, last_used_at
  FROM passkey WHERE person_id = %(person_id)s ORDER BY made_at, passkey_id;

-- name: passkey_by_credential
-- Locked: two answers by one key come one after another, so that its counter is true.
SELECT credential_id, passkey_id, person_id, public_key, sign_count FROM passkey WHERE credential_id = %(credential_id)s FOR UPDATE;

-- name: use_passkey
UPDATE passkey SET sign_count = %(sign_count)s, synced = %(synced)s, last_used_at = %(at)s WHERE credential_id = %(credential_id)s;

-- name: remove_passkey
DELETE FROM passkey WHERE person_id = %(person_id)s AND passkey_id = %(passkey_id)s;

-- name: remove_passkeys
DELETE FROM passkey WHERE person_id = %(person_id)s;

-- name: begin_app
-- A secret that is not confirmed yet is replaced; one that is confirmed stays.
INSERT INTO authenticator_app (person_id, secret_sealed, made_at) VALUES (%(person_id)s, %(secret_sealed)s, %(at)s)
ON CONFLICT (person_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, made_at = excluded.made_at, last_step = 0
 WHERE authenticator_app.confirmed_at IS NULL;

-- name: app_of
SELECT secret_sealed, confirmed_at, last_step, last_used_at FROM authenticator_app WHERE person_id = %(person_id)s;

-- name: confirm_app
UPDATE authenticator_app SET confirmed_at = %(at)s WHERE person_id = %(person_id)s AND confirmed_at IS NULL;

-- name: use_app_step
-- No row when the code of this step, or of a later one, was accepted before.
UPDATE authenticator_app SET last_step = %(step)s, last_used_at = %(at)s
 WHERE person_id = %(person_id)s AND last_step < %(step)s;

-- name: remove_app
DELETE FROM authenticator_app WHERE person_id = %(person_id)s;

-- name: add_recovery_code
INSERT INTO recovery_code (person_id, code_hash) VALUES (%(person_id)s, %(code_hash)s);

-- name: use_recovery_code
UPDATE recovery_code SET used_at = %(at)s WHERE person_id = %(person_id)s AND code_hash = %(code_hash)s AND used_at IS NULL;

-- name: recovery_codes_left
SELECT count(*) FROM recovery_code WHERE person_id = %(person_id)s AND used_at IS NULL;

-- name: remove_recovery_codes
DELETE FROM recovery_code WHERE person_id = %(person_id)s;

-- name: outside_account
SELECT link_id, person_id, email, linked_at, last_used_at, issuer FROM outside_account
 WHERE issuer = %(issuer)s AND subject = %(subject)s;

-- name: outside_accounts_of
SELECT link_id, person_id, email, linked_at, last_used_at, issuer FROM outside_account
 WHERE person_id = %(person_id)s ORDER BY linked_at, link_id;

-- name: add_outside_account
INSERT INTO outside_account (issuer, subject, link_id, person_id, email, linked_at, last_used_at)
VALUES (%(issuer)s, %(subject)s, %(link_id)s, %(person_id)s, %(email)s, %(at)s, %(at)s)
ON CONFLICT (issuer, subject) DO NOTHING;

-- name: use_outside_account
UPDATE outside_account SET last_used_at = %(at)s WHERE issuer = %(issuer)s AND subject = %(subject)s;

-- name: remove_outside_account
DELETE FROM outside_account WHERE person_id = %(person_id)s AND link_id = %(link_id)s;

-- name: known_places
SELECT network, device FROM known_place WHERE person_id = %(person_id)s AND seen_at > %(since)s;

-- name: know_place
INSERT INTO known_place (person_id, network, device, seen_at) VALUES (%(person_id)s, %(network)s, %(device)s, %(at)s)
ON CONFLICT (person_id, network, device) DO UPDATE SET seen_at = excluded.seen_at;

-- name: forget_places_before
DELETE FROM known_place WHERE seen_at < %(before)s;

-- name: add_notice
INSERT INTO account_notice (person_id, notice_id, operator_id, kind, at, client_address, device, sign_in_id)
VALUES (%(person_id)s, %(notice_id)s, %(operator_id)s, %(kind)s, %(at)s, %(client_address)s, %(device)s, %(sign_in_id)s);

-- name: open_notices
SELECT notice_id, kind, at, client_address, device, sign_in_id FROM account_notice
 WHERE person_id = %(person_id)s AND seen_at IS NULL AND (sign_in_id IS NULL OR sign_in_id IS DISTINCT FROM %(own)s::uuid)
 ORDER BY at DESC, notice_id LIMIT 20;

-- name: own_notice
SELECT notice_id, kind, at, client_address, device, sign_in_id FROM account_notice
 WHERE person_id = %(person_id)s AND notice_id = %(notice_id)s
   AND (sign_in_id IS NULL OR sign_in_id IS DISTINCT FROM %(own)s::uuid);

-- name: see_notice
UPDATE account_notice SET seen_at = %(at)s WHERE person_id = %(person_id)s AND notice_id = %(notice_id)s AND seen_at IS NULL;

-- name: notices_to_mail
SELECT notice_id, person_id, operator_id, kind, at, client_address, device, person.email, person.name
  FROM account_notice JOIN person USING (person_id)
 WHERE mailed_at IS NULL AND at > %(since)s ORDER BY at, notice_id LIMIT 100;

-- name: note_mailed
UPDATE account_notice SET mailed_at = %(at)s WHERE person_id = %(person_id)s AND notice_id = %(notice_id)s;
