-- name: add_link
INSERT INTO guest_link (token_hash, link_id, operator_id, guest_id, trade_id, request_id, email, company, contact, language,
                        made_at, made_by, ends_at)
VALUES (%(token_hash)s, %(link_id)s, %(operator_id)s, %(guest_id)s, %(trade_id)s, %(request_id)s, %(email)s, %(company)s,
        %(contact)s, %(language)s, %(made_at)s, %(made_by)s, %(ends_at)s);

-- name: open_link
-- A link that still holds. A row is locked for whoever tries it, so that tries are counted one by one.
SELECT link_id, operator_id, guest_id, trade_id, request_id, email, company, contact, language, made_at, ends_at, opened_at,
       answered_at, joined_at, revoked_at, code_hash, code_ends_at, failures, locked_until
  FROM guest_link WHERE token_hash = %(token_hash)s AND revoked_at IS NULL AND ends_at > %(now)s FOR UPDATE;

-- name: links
SELECT link_id, operator_id, guest_id, trade_id, request_id, email, company, contact, language, made_at, ends_at, opened_at,
       answered_at, joined_at, revoked_at
  FROM guest_link WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR link_id < %(after)s)
 ORDER BY link_id DESC LIMIT %(limit)s;

-- name: link
SELECT link_id, operator_id, guest_id, trade_id, request_id, email, company, contact, language, made_at, ends_at, opened_at,
       answered_at, joined_at, revoked_at
  FROM guest_link WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s;

-- name: link_to
SELECT link_id, operator_id, guest_id, trade_id, request_id, email, company, contact, language, made_at, ends_at, opened_at,
       answered_at, joined_at, revoked_at
  FROM guest_link WHERE operator_id = %(operator_id)s AND guest_id = %(guest_id)s ORDER BY link_id DESC LIMIT 1;

-- name: guests_still
SELECT DISTINCT operator_id, guest_id FROM guest_link WHERE joined_at IS NULL AND answered_at IS NULL;

-- name: unanswered
-- in: operator_id, guest_id uuid; out: request_id, link_id (the latest)
SELECT DISTINCT ON (request_id) request_id, link_id FROM guest_link
 WHERE operator_id = %(operator_id)s AND guest_id = %(guest_id)s AND answered_at IS NULL
 ORDER BY request_id, link_id DESC;

-- name: revoke_request
UPDATE guest_link SET revoked_at = %(now)s
 WHERE operator_id = %(operator_id)s AND request_id = %(request_id)s AND revoked_at IS NULL AND answered_at IS NULL;

-- name: end_sessions
DELETE FROM guest_session WHERE link_id IN (SELECT link_id FROM guest_link WHERE request_id = %(request_id)s);

-- name: note_code
UPDATE guest_link SET code_hash = %(code_hash)s, code_ends_at = %(ends_at)s WHERE token_hash = %(token_hash)s;

-- name: note_failure
UPDATE guest_link SET failures = CASE WHEN %(locked_until)s::timestamptz IS NULL THEN failures + 1 ELSE 0 END,
       locked_until = %(locked_until)s
 WHERE token_hash = %(token_hash)s;

-- name: note_opened
UPDATE guest_link SET opened_at = coalesce(opened_at, %(now)s), code_hash = NULL, code_ends_at = NULL, failures = 0
 WHERE token_hash = %(token_hash)s;

-- name: note_answered
UPDATE guest_link SET answered_at = coalesce(answered_at, %(now)s) WHERE link_id = %(link_id)s;

-- name: note_joined
UPDATE guest_link SET joined_at = coalesce(joined_at, %(now)s) WHERE guest_id = %(guest_id)s;

-- name: add_session
INSERT INTO guest_session (cookie_hash, link_id, token_hash, started_at, ends_at)
VALUES (%(cookie_hash)s, %(link_id)s, %(token_hash)s, %(now)s, %(ends_at)s);

-- name: link_of_session
SELECT l.link_id, l.operator_id, l.guest_id, l.trade_id, l.request_id, l.email, l.company, l.contact, l.language, l.made_at, l.ends_at,
       l.opened_at, l.answered_at, l.joined_at, l.revoked_at
  FROM guest_session s JOIN guest_link l ON l.token_hash = s.token_hash
 WHERE s.cookie_hash = %(cookie_hash)s AND s.ends_at > %(now)s AND l.revoked_at IS NULL AND l.ends_at > %(now)s;

-- name: all_links
SELECT link_id, operator_id, guest_id, trade_id, request_id, email, company, contact, language, made_at, ends_at, opened_at,
       answered_at, joined_at, revoked_at FROM guest_link;
