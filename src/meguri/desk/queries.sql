-- name: add_application
INSERT INTO platform_application (application_id, name, corporate_number, address, contact, email, small, terms_version, made_at, state)
VALUES (%(application_id)s, %(name)s, %(corporate_number)s, %(address)s, %(contact)s, %(email)s, %(small)s, %(terms_version)s, %(now)s, 'waiting')
ON CONFLICT (corporate_number) WHERE state = 'waiting' DO NOTHING;

-- name: applications
SELECT application_id, name, corporate_number, address, contact, email, small, terms_version, made_at, state, decided_at, reason, operator_id
  FROM platform_application WHERE (%(state)s::text IS NULL OR state = %(state)s) ORDER BY application_id DESC LIMIT %(limit)s;

-- name: waiting_application
SELECT application_id, name, corporate_number, address, contact, email, small, terms_version, made_at, state, decided_at, reason, operator_id
  FROM platform_application WHERE application_id = %(application_id)s AND state = 'waiting' FOR UPDATE;

-- name: decide
UPDATE platform_application SET state = %(state)s, decided_at = %(now)s, decided_by = %(by)s, reason = %(reason)s, operator_id = %(operator_id)s
 WHERE application_id = %(application_id)s;

-- name: save_admission
INSERT INTO platform_admission (operator_id, proof, evidence, small, terms_version, terms_at, admitted_at, admitted_by)
VALUES (%(operator_id)s, %(proof)s, %(evidence)s, %(small)s, %(terms_version)s, %(terms_at)s, %(admitted_at)s, %(by)s)
ON CONFLICT (operator_id) DO UPDATE SET proof = excluded.proof, evidence = excluded.evidence, small = excluded.small,
  terms_version = excluded.terms_version, terms_at = excluded.terms_at, admitted_at = excluded.admitted_at, admitted_by = excluded.admitted_by;

-- name: admissions
SELECT operator_id, proof, evidence, small, terms_version, terms_at, admitted_at FROM platform_admission;

-- name: add_plan
INSERT INTO platform_access_plan (plan_id, operator_id, state, effective_on, reason, made_at, made_by)
VALUES (%(plan_id)s, %(operator_id)s, %(state)s, %(effective_on)s, %(reason)s, %(now)s, %(by)s);

-- name: plans
SELECT plan_id, operator_id, state, effective_on, reason, done_at FROM platform_access_plan
 WHERE done_at IS NULL OR NOT %(only_open)s ORDER BY effective_on, plan_id;

-- name: due_plans
SELECT plan_id, operator_id, state, effective_on, reason, done_at FROM platform_access_plan
 WHERE done_at IS NULL AND effective_on <= %(today)s ORDER BY effective_on, plan_id;

-- name: note_plan
UPDATE platform_access_plan SET done_at = %(now)s WHERE plan_id = %(plan_id)s;

-- name: drop_plan
DELETE FROM platform_access_plan WHERE plan_id = %(plan_id)s AND done_at IS NULL;

-- name: save_announcement
INSERT INTO platform_announcement (announcement_id, ja, en, from_at, until_at, made_by)
VALUES (%(announcement_id)s, %(ja)s, %(en)s, %(from_at)s, %(until_at)s, %(by)s);

-- name: drop_announcement
DELETE FROM platform_announcement WHERE announcement_id = %(announcement_id)s;

-- name: announcements
SELECT announcement_id, ja, en, from_at, until_at FROM platform_announcement WHERE until_at > %(now)s ORDER BY from_at, announcement_id;

-- name: switch
INSERT INTO platform_switch (name, is_on, since, by) VALUES (%(name)s, %(is_on)s, %(now)s, %(by)s)
ON CONFLICT (name) DO UPDATE SET is_on = excluded.is_on, since = excluded.since, by = excluded.by;

-- name: is_on
SELECT is_on FROM platform_switch WHERE name = %(name)s;

-- name: note_answers
INSERT INTO usage_answer (operator_id, trade_id, answered_at)
SELECT w.operator_id, w.trade_id, %(now)s FROM unnest(%(operators)s::uuid[], %(trades)s::uuid[]) AS w (operator_id, trade_id)
ON CONFLICT DO NOTHING;

-- name: answers
SELECT operator_id, count(*) FROM usage_answer WHERE answered_at >= %(since)s AND answered_at < %(until)s GROUP BY operator_id;

-- name: ask_glass
INSERT INTO platform_glass (request_id, operator_id, asked_by, asked_at, reason)
VALUES (%(request_id)s, %(operator_id)s, %(asked_by)s, %(now)s, %(reason)s);

-- name: waiting_glass
-- A request that waits for another person, locked.
SELECT request_id, operator_id, asked_by, asked_at, reason, agreed_by, ends_at FROM platform_glass
 WHERE request_id = %(request_id)s AND agreed_by IS NULL AND asked_at > %(since)s FOR UPDATE;

-- name: agree_glass
UPDATE platform_glass SET agreed_by = %(agreed_by)s, agreed_at = %(now)s, ends_at = %(ends_at)s WHERE request_id = %(request_id)s;

-- name: glass_requests
SELECT request_id, operator_id, asked_by, asked_at, reason, agreed_by, ends_at FROM platform_glass
 ORDER BY asked_at DESC, request_id LIMIT %(limit)s;
