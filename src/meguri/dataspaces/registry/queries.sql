-- name: queue
-- Passports to be told of. in: operators uuid[], passports uuid[]
INSERT INTO registry_entry (operator_id, passport_id, state, next_at, updated_at)
SELECT operator_id, passport_id, 'queued', %(at)s, %(at)s
  FROM unnest(%(operators)s::uuid[], %(passports)s::uuid[]) AS new (operator_id, passport_id)
ON CONFLICT (operator_id, passport_id) DO NOTHING;

-- name: again
-- What was told and has changed since is told again; `state` is 'updating' or 'deactivating'.
UPDATE registry_entry SET state = %(state)s, tries = 0, next_at = %(at)s, updated_at = %(at)s
 WHERE passport_id = ANY(%(passports)s) AND state IN ('registered', 'updating', 'rejected');

-- name: due
-- Entries whose time has come, a few at a time; another worker passes over them.
SELECT operator_id, passport_id, state, registration_id, told_hash, tries, problems, registered_at, updated_at
  FROM registry_entry
 WHERE state IN ('queued', 'submitted', 'pending', 'updating', 'deactivating') AND next_at <= %(at)s
 ORDER BY next_at LIMIT %(most)s FOR UPDATE SKIP LOCKED;

-- name: settle
UPDATE registry_entry
   SET state = %(state)s, registration_id = coalesce(%(registration_id)s, registration_id), told_hash = %(told_hash)s,
       tries = %(tries)s, next_at = %(next_at)s, problems = %(problems)s,
       registered_at = coalesce(registered_at, %(registered_at)s), updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s;

-- name: entry_of
SELECT operator_id, passport_id, state, registration_id, told_hash, tries, problems, registered_at, updated_at
  FROM registry_entry WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s;

-- name: stand_in_add
INSERT INTO registry_stand_in (operator_id, registration_id, product_id, entry, active, registered_at, updated_at)
VALUES (%(operator_id)s, %(registration_id)s, %(product_id)s, %(entry)s, true, %(at)s, %(at)s)
ON CONFLICT (operator_id, product_id) DO NOTHING;

-- name: stand_in_get
SELECT registration_id, product_id, entry, active FROM registry_stand_in
 WHERE operator_id = %(operator_id)s AND registration_id = %(registration_id)s;

-- name: stand_in_set
UPDATE registry_stand_in SET entry = %(entry)s, active = %(active)s, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND registration_id = %(registration_id)s;
