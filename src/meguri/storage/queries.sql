-- Statements of storage itself: audit, idempotency.

-- name: audit_chains
-- Every chain's operator and head, from an operator on. in: after uuid, only uuid or NULL; out: operator_id, seq, hash
SELECT operator_id, seq, hash
  FROM audit_head
 WHERE operator_id >= %(after)s AND (%(only)s::uuid IS NULL OR operator_id = %(only)s)
 ORDER BY operator_id;

-- name: audit_unheaded
-- Operators with entries but without a head: a head was removed. in: only uuid or NULL; out: operator_id
SELECT DISTINCT operator_id
  FROM audit_entry
 WHERE (%(only)s::uuid IS NULL OR operator_id = %(only)s)
   AND NOT EXISTS (SELECT 1 FROM audit_head WHERE audit_head.operator_id = audit_entry.operator_id)
 ORDER BY operator_id;

-- name: audit_entries
-- A stretch of one chain. in: operator_id uuid, after bigint, count int
SELECT operator_id, seq, at, actor, event, body, prev_hash, hash
  FROM audit_entry
 WHERE operator_id = %(operator_id)s AND seq > %(after)s
 ORDER BY seq
 LIMIT %(count)s;

-- name: audit_leaves_of
-- What the hourly roots say of one chain, with the hash that the chain has there now. in: operator_id uuid
SELECT audit_root_leaf.at, audit_root_leaf.seq, audit_root_leaf.hash AS said, audit_entry.hash AS found
  FROM audit_root_leaf
  LEFT JOIN audit_entry USING (operator_id, seq)
 WHERE audit_root_leaf.operator_id = %(operator_id)s
 ORDER BY audit_root_leaf.seq;

-- name: audit_grown
-- Chains that have grown since the last root. out: operator_id, seq, hash
SELECT head.operator_id, head.seq, head.hash
  FROM audit_head AS head
  LEFT JOIN LATERAL (
    SELECT seq FROM audit_root_leaf AS leaf WHERE leaf.operator_id = head.operator_id ORDER BY at DESC LIMIT 1
  ) AS last ON true
 WHERE head.seq > coalesce(last.seq, 0)
 ORDER BY head.operator_id;

-- name: audit_leaves_at
-- The leaves of the root at a moment: of each chain the last one not younger. in: at timestamptz
SELECT DISTINCT ON (operator_id) operator_id, seq, hash
  FROM audit_root_leaf
 WHERE at <= %(at)s
 ORDER BY operator_id, at DESC;

-- name: audit_keep_root
SELECT meguri_audit_keep_root(
  %(at)s, %(root)s, %(chains)s, %(operators)s::uuid[], %(seqs)s::bigint[], %(hashes)s::bytea[]
);

-- name: audit_last_root
SELECT max(at) FROM audit_root;

-- name: audit_roots
-- Every root kept. out: at, root, chains
SELECT at, root, chains FROM audit_root ORDER BY at;

-- name: idempotency_lock
-- One request of a key at a time. in: operator_id uuid, key text
SELECT pg_advisory_xact_lock(hashtextextended(%(operator_id)s::text || ' ' || %(key)s::text, 8230117));

-- name: idempotency_reply
-- in: operator_id uuid, key text, since timestamptz
SELECT route, body_hash, status, headers, body
  FROM idempotency
 WHERE operator_id = %(operator_id)s AND key = %(key)s AND at > %(since)s;

-- name: idempotency_keep
INSERT INTO idempotency (operator_id, key, route, body_hash, status, headers, body, at)
VALUES (%(operator_id)s, %(key)s, %(route)s, %(body_hash)s, %(status)s, %(headers)s, %(body)s, %(at)s)
    ON CONFLICT (operator_id, key) DO UPDATE
   SET route = EXCLUDED.route, body_hash = EXCLUDED.body_hash, status = EXCLUDED.status,
       headers = EXCLUDED.headers, body = EXCLUDED.body, at = EXCLUDED.at;

-- name: idempotency_purge
-- in: before timestamptz, count int
DELETE FROM idempotency
 WHERE (operator_id, key) IN (
   SELECT operator_id, key FROM idempotency WHERE at <= %(before)s ORDER BY at LIMIT %(count)s FOR UPDATE SKIP LOCKED
 );
