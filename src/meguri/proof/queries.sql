-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(thing)s, 0));

-- name: keys
-- All keys of a company, oldest first.
SELECT operator_id, kid, algorithm, multikey, private_sealed, created_at, signs_from, replaced_at, revoked_at, revoked_reason
  FROM proof_key
 WHERE operator_id = %(operator_id)s
 ORDER BY created_at, kid;

-- name: add_key
INSERT INTO proof_key (operator_id, kid, algorithm, multikey, private_sealed, created_at, signs_from)
VALUES (%(operator_id)s, %(kid)s, %(algorithm)s, %(multikey)s, %(private_sealed)s, %(created_at)s, %(signs_from)s);

-- name: replace_key
UPDATE proof_key SET replaced_at = %(at)s
 WHERE operator_id = %(operator_id)s AND kid <> %(by)s AND algorithm = %(algorithm)s AND replaced_at IS NULL;

-- name: revoke_key
UPDATE proof_key SET revoked_at = %(at)s, revoked_reason = %(reason)s
 WHERE operator_id = %(operator_id)s AND kid = %(kid)s AND revoked_at IS NULL;

-- name: open_list
-- The youngest list, with room or not. out: number, taken
SELECT number, taken FROM status_list
 WHERE operator_id = %(operator_id)s AND form = %(form)s AND purpose = %(purpose)s
 ORDER BY number DESC LIMIT 1;

-- name: grow_list
INSERT INTO status_list (operator_id, form, purpose, number, taken)
VALUES (%(operator_id)s, %(form)s, %(purpose)s, %(number)s, %(more)s)
ON CONFLICT (operator_id, form, purpose, number) DO UPDATE SET taken = status_list.taken + excluded.taken;

-- name: add_entries
-- in: places integer[], subjects text[]; out: the places that were free, with their subject
INSERT INTO status_entry (operator_id, form, purpose, number, place, subject)
SELECT %(operator_id)s, %(form)s, %(purpose)s, %(number)s, place, subject
  FROM unnest(%(places)s::integer[], %(subjects)s::text[]) AS new (place, subject)
ON CONFLICT (operator_id, form, purpose, number, place) DO NOTHING
RETURNING subject, number, place;

-- name: entries_of
SELECT subject, number, place FROM status_entry
 WHERE operator_id = %(operator_id)s AND form = %(form)s AND purpose = %(purpose)s AND subject = ANY(%(subjects)s);

-- name: mark_entries
UPDATE status_entry SET set_at = %(at)s
 WHERE operator_id = %(operator_id)s AND purpose = %(purpose)s AND subject = ANY(%(subjects)s)
   AND (set_at IS NULL) = (%(at)s::timestamptz IS NOT NULL);

-- name: list_exists
SELECT 1 FROM status_list
 WHERE operator_id = %(operator_id)s AND form = %(form)s AND purpose = %(purpose)s AND number = %(number)s;

-- name: set_places
SELECT place FROM status_entry
 WHERE operator_id = %(operator_id)s AND form = %(form)s AND purpose = %(purpose)s AND number = %(number)s
   AND set_at IS NOT NULL;
