-- name: add_link
INSERT INTO federation_link (operator_id, link_id, peer_did, peer_base, peer_name, partner_operator_id, proposed_by_us, state,
                             we_accept, they_accept, our_thumbprint, peer_thumbprint, version, peer_number, created_at, updated_at)
VALUES (%(operator_id)s, %(link_id)s, %(peer_did)s, %(peer_base)s, %(peer_name)s, %(partner_operator_id)s, %(proposed_by_us)s,
        'PROPOSED', false, %(they_accept)s, %(our_thumbprint)s, %(peer_thumbprint)s, %(version)s, %(peer_number)s, %(at)s, %(at)s)
ON CONFLICT (operator_id, link_id) DO NOTHING;

-- name: proposals
-- (all, from this party) that wait for our people.
SELECT count(*), count(*) FILTER (WHERE peer_did = %(peer_did)s) FROM federation_link
 WHERE operator_id = %(operator_id)s AND state = 'PROPOSED' AND NOT proposed_by_us;

-- name: shadow_of
-- As whom a party acts here already. Across companies.
SELECT partner_operator_id FROM federation_link WHERE peer_did = %(peer_did)s AND state <> 'PROPOSED' ORDER BY created_at LIMIT 1;

-- name: link
SELECT operator_id, link_id, peer_did, peer_base, peer_name, partner_operator_id, proposed_by_us, state, we_accept, they_accept,
       our_thumbprint, peer_thumbprint, version, peer_number, suspended_by, created_at, updated_at
  FROM federation_link WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s FOR UPDATE;

-- name: links
SELECT operator_id, link_id, peer_did, peer_base, peer_name, partner_operator_id, proposed_by_us, state, we_accept, they_accept,
       our_thumbprint, peer_thumbprint, version, peer_number, suspended_by, created_at, updated_at
  FROM federation_link WHERE operator_id = %(operator_id)s ORDER BY created_at DESC LIMIT 500;

-- name: link_with
SELECT operator_id, link_id, peer_did, peer_base, peer_name, partner_operator_id, proposed_by_us, state, we_accept, they_accept,
       our_thumbprint, peer_thumbprint, version, peer_number, suspended_by, created_at, updated_at
  FROM federation_link
 WHERE operator_id = %(operator_id)s AND partner_operator_id = %(partner_operator_id)s AND state = 'ACTIVE'
 ORDER BY created_at DESC LIMIT 1;

-- name: links_of
-- (own company, its link) of pairs that are linked. Across companies.
SELECT operator_id, partner_operator_id, link_id FROM federation_link
 WHERE (operator_id, partner_operator_id) IN (SELECT * FROM unnest(%(owns)s::uuid[], %(partners)s::uuid[])) AND state = 'ACTIVE';

-- name: move_link
UPDATE federation_link SET state = %(state)s, we_accept = %(we_accept)s, they_accept = %(they_accept)s,
       suspended_by = %(suspended_by)s, peer_thumbprint = %(peer_thumbprint)s, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s;

-- name: next_seq
UPDATE federation_link SET last_seq = last_seq + 1 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s
RETURNING last_seq;

-- name: last_of_subject
SELECT seq FROM federation_out
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND subject_key = %(subject_key)s ORDER BY seq DESC LIMIT 1;

-- name: add_out
INSERT INTO federation_out (operator_id, message_id, link_id, seq, subject_key, subject_prev, type, in_reply_to, payload, sent_at,
                            next_try_at, expires_at)
VALUES (%(operator_id)s, %(message_id)s, %(link_id)s, %(seq)s, %(subject_key)s, %(subject_prev)s, %(type)s, %(in_reply_to)s,
        %(payload)s::jsonb, %(at)s, %(at)s, %(expires_at)s);

-- name: out
SELECT operator_id, message_id, link_id, seq, subject_key, subject_prev, type, in_reply_to, payload, state, code, attempts,
       sent_at, next_try_at, expires_at
  FROM federation_out WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s FOR UPDATE;

-- name: last_out
-- The last message about a subject, receipts aside.
SELECT operator_id, message_id, link_id, seq, subject_key, subject_prev, type, in_reply_to, payload, state, code, attempts,
       sent_at, next_try_at, expires_at
  FROM federation_out WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND subject_key = %(subject_key)s
 ORDER BY seq DESC LIMIT 1;

-- name: out_page
SELECT operator_id, message_id, link_id, seq, subject_key, subject_prev, type, in_reply_to, payload, state, code, attempts,
       sent_at, next_try_at, expires_at
  FROM federation_out
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND seq > %(after)s AND seq <= %(until)s
 ORDER BY seq LIMIT %(rows)s;

-- name: move_out
UPDATE federation_out SET state = %(state)s, code = %(code)s, attempts = %(attempts)s, next_try_at = %(next_try_at)s
 WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s;

-- name: close_out
UPDATE federation_out SET state = %(state)s, code = %(code)s, receipt = %(receipt)s::jsonb, next_try_at = NULL
 WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s AND link_id = %(link_id)s
   AND (state IN ('queued', 'sent') OR (state = 'rejected' AND code = 'UNSUPPORTED_VALUE' AND %(state)s = 'receipted'));

-- name: due
-- Across companies.
SELECT operator_id, message_id FROM federation_out
 WHERE state IN ('queued', 'sent') AND next_try_at < %(before)s ORDER BY next_try_at LIMIT %(rows)s;

-- name: counts
SELECT state, count(*) FROM federation_out WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s GROUP BY state;

-- name: known_in
SELECT content_hash, state, code, applied_at FROM federation_in
 WHERE operator_id = %(operator_id)s AND sender = %(sender)s AND message_id = %(message_id)s;

-- name: seq_used
SELECT EXISTS (SELECT 1 FROM federation_in WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND seq = %(seq)s);

-- name: add_in
INSERT INTO federation_in (operator_id, message_id, sender, link_id, seq, subject_key, subject_prev, type, raw, content_hash, kid,
                           state, received_at)
VALUES (%(operator_id)s, %(message_id)s, %(sender)s, %(link_id)s, %(seq)s, %(subject_key)s, %(subject_prev)s, %(type)s, %(raw)s,
        %(content_hash)s, %(kid)s, 'held', %(at)s);

-- name: settle_in
UPDATE federation_in SET state = %(state)s, code = %(code)s, applied_at = %(at)s, judged_by = %(judged_by)s
 WHERE operator_id = %(operator_id)s AND sender = %(sender)s AND message_id = %(message_id)s;

-- name: unsupported
-- What another version of the program did not know, oldest first. Across companies.
SELECT operator_id, link_id, sender, message_id FROM federation_in
 WHERE state = 'rejected' AND code = 'UNSUPPORTED_VALUE' AND judged_by IS DISTINCT FROM %(judged_by)s
 ORDER BY operator_id, link_id, seq LIMIT %(rows)s;

-- name: unsupported_one
SELECT raw, content_hash FROM federation_in
 WHERE operator_id = %(operator_id)s AND sender = %(sender)s AND message_id = %(message_id)s
   AND state = 'rejected' AND code = 'UNSUPPORTED_VALUE' FOR UPDATE;

-- name: seq_settled
SELECT EXISTS (SELECT 1 FROM federation_in
  WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND seq = %(seq)s AND state <> 'held');

-- name: next_held
SELECT message_id, raw, content_hash FROM federation_in
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND subject_key = %(subject_key)s AND state = 'held'
   AND subject_prev = %(seq)s
 ORDER BY seq LIMIT 1;

-- name: inbox
SELECT message_id, type, seq, subject_key, state, code, received_at, applied_at FROM federation_in
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s ORDER BY seq DESC LIMIT %(rows)s;

-- name: kept
-- What came and waits for a person, oldest first.
SELECT i.message_id, i.type, i.raw, i.received_at, i.link_id, l.peer_name FROM federation_in i
  JOIN federation_link l ON l.operator_id = i.operator_id AND l.link_id = i.link_id
 WHERE i.operator_id = %(operator_id)s AND i.state = 'kept' ORDER BY i.received_at LIMIT %(rows)s;

-- name: kept_one
SELECT i.message_id, i.type, i.raw, i.received_at, i.link_id, l.peer_name FROM federation_in i
  JOIN federation_link l ON l.operator_id = i.operator_id AND l.link_id = i.link_id
 WHERE i.operator_id = %(operator_id)s AND i.message_id = %(message_id)s AND i.state = 'kept' FOR UPDATE OF i;

-- name: decide_in
UPDATE federation_in SET state = %(state)s, code = %(code)s, applied_at = %(at)s
 WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s AND state = 'kept';

-- name: kids_in
-- Names of keys under which something was accepted that is not marked yet.
SELECT DISTINCT kid FROM federation_in WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND key_gone_at IS NULL;

-- name: mark_gone
UPDATE federation_in SET key_gone_at = %(at)s
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND kid = ANY(%(kids)s::text[]) AND key_gone_at IS NULL;

-- name: gone
-- What came under keys that were revoked later, receipts aside, newest first.
SELECT i.message_id, i.type, i.subject_key, i.received_at, i.key_gone_at, i.link_id, l.peer_name FROM federation_in i
  JOIN federation_link l ON l.operator_id = i.operator_id AND l.link_id = i.link_id
 WHERE i.operator_id = %(operator_id)s AND i.key_gone_at IS NOT NULL AND i.type <> 'receipt'
 ORDER BY i.received_at DESC LIMIT %(rows)s;

-- name: watched
-- Links whose partners' keys are looked at. Across companies.
SELECT operator_id, link_id, peer_did FROM federation_link WHERE state IN ('ACTIVE', 'SUSPENDED') ORDER BY operator_id, link_id;

-- name: add_id
INSERT INTO federation_id (operator_id, link_id, kind, theirs, ours)
VALUES (%(operator_id)s, %(link_id)s, %(kind)s, %(theirs)s, %(ours)s)
ON CONFLICT (operator_id, link_id, kind, theirs) DO NOTHING;

-- name: ours
SELECT ours, version FROM federation_id
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND kind = %(kind)s AND theirs = %(theirs)s;

-- name: theirs
SELECT theirs FROM federation_id WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND ours = %(ours)s;

-- name: next_version
-- The next version of what is told about a trade; nothing when it is what was told last.
UPDATE federation_id SET version = version + 1, told = %(told)s
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND ours = %(ours)s AND told IS DISTINCT FROM %(told)s
RETURNING version;

-- name: raise_version
UPDATE federation_id SET version = %(version)s
 WHERE operator_id = %(operator_id)s AND link_id = %(link_id)s AND kind = %(kind)s AND theirs = %(theirs)s AND version < %(version)s;

-- name: base_of_shadow
SELECT peer_base FROM federation_link WHERE partner_operator_id = %(partner_operator_id)s AND state = 'ACTIVE'
 ORDER BY updated_at DESC LIMIT 1;
