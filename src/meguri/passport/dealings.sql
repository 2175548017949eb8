-- Transfers, requests, grants, delegations and roles.

-- name: put_dealings
INSERT INTO passport_dealing SELECT * FROM jsonb_populate_recordset(NULL::passport_dealing, %(rows)s::jsonb)
ON CONFLICT (operator_id, dealing_id, side) DO UPDATE
  SET state = excluded.state, body = excluded.body, valid_from = excluded.valid_from,
      valid_until = excluded.valid_until, updated_at = excluded.updated_at;

-- name: own_dealing
SELECT * FROM passport_dealing WHERE operator_id = %(operator_id)s AND dealing_id = %(dealing_id)s;

-- name: lock_dealing
SELECT * FROM passport_dealing WHERE dealing_id = %(dealing_id)s ORDER BY side FOR UPDATE;

-- name: dealings_between
SELECT * FROM passport_dealing
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND partner_id = %(partner_id)s AND side = 'taker';

-- name: delegations_to
SELECT * FROM passport_dealing WHERE operator_id = %(operator_id)s AND kind = 'delegation' AND side = 'taker';

-- name: dealings_page
SELECT * FROM passport_dealing
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND (%(side)s::text IS NULL OR side = %(side)s)
   AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(after_at)s::timestamptz IS NULL OR (created_at, dealing_id) < (%(after_at)s, %(after_id)s))
 ORDER BY created_at DESC, dealing_id DESC LIMIT %(count)s;

-- name: dealings_due
-- Across: those still open whose time is over.
SELECT * FROM passport_dealing WHERE kind = %(kind)s AND state = %(state)s AND side = 'giver' AND valid_until <= %(at)s
 ORDER BY dealing_id LIMIT %(count)s;

-- name: requests_to_remind
-- Across: requests that nobody decided since a moment, of which nobody was reminded.
SELECT * FROM passport_dealing
 WHERE kind = 'request' AND state = 'submitted' AND side = 'giver' AND created_at <= %(before)s
   AND NOT coalesce((body->>'reminded')::boolean, false)
 ORDER BY dealing_id LIMIT %(count)s FOR UPDATE SKIP LOCKED;

-- name: has_role
SELECT EXISTS (SELECT 1 FROM passport_actor_role WHERE operator_id = %(operator_id)s AND ended_at IS NULL);

-- name: roles
SELECT operator_id, role, verified_at, evidence FROM passport_actor_role WHERE ended_at IS NULL ORDER BY verified_at DESC, operator_id, role;

-- name: put_role
INSERT INTO passport_actor_role (operator_id, role, verified_by, verified_at, evidence)
VALUES (%(operator_id)s, %(role)s, %(verified_by)s, %(at)s, %(evidence)s)
ON CONFLICT (operator_id, role) DO UPDATE
  SET verified_by = excluded.verified_by, verified_at = excluded.verified_at, evidence = excluded.evidence, ended_at = NULL;

-- name: end_role
UPDATE passport_actor_role SET ended_at = %(at)s WHERE operator_id = %(operator_id)s AND role = %(role)s AND ended_at IS NULL;
