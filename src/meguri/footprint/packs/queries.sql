-- name: own
SELECT pack_id, version, base, body, content, hash, row_version, created_at, updated_at, published_at, withdrawn_at
  FROM footprint_pack WHERE operator_id = %(operator_id)s AND (%(pack_id)s::text IS NULL OR pack_id = %(pack_id)s::text)
 ORDER BY pack_id, created_at DESC, version DESC LIMIT 1000;

-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 9));

-- name: add
INSERT INTO footprint_pack (operator_id, pack_id, version, base, body, content, hash, row_version, created_at, updated_at)
VALUES (%(operator_id)s, %(pack_id)s, %(version)s, %(base)s, %(body)s, %(content)s, %(hash)s, 1, %(now)s, %(now)s);

-- name: change
UPDATE footprint_pack SET base = %(base)s, body = %(body)s, content = %(content)s, hash = %(hash)s,
       row_version = row_version + 1, updated_at = %(now)s
 WHERE operator_id = %(operator_id)s AND pack_id = %(pack_id)s AND version = %(version)s AND published_at IS NULL
   AND row_version = %(row_version)s;

-- name: publish
UPDATE footprint_pack SET published_at = %(now)s, updated_at = %(now)s, row_version = row_version + 1
 WHERE operator_id = %(operator_id)s AND pack_id = %(pack_id)s AND version = %(version)s AND published_at IS NULL;

-- name: withdraw
UPDATE footprint_pack SET withdrawn_at = %(now)s, updated_at = %(now)s, row_version = row_version + 1
 WHERE operator_id = %(operator_id)s AND pack_id = %(pack_id)s AND version = %(version)s AND published_at IS NOT NULL
   AND withdrawn_at IS NULL;
