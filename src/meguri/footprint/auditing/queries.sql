-- name: add_engagement
INSERT INTO footprint_engagement (operator_id, engagement_id, declaration_id, company_id, until, created_at)
VALUES (%(operator_id)s, %(engagement_id)s, %(declaration_id)s, %(company_id)s, %(until)s, %(now)s);

-- name: engagement
SELECT engagement_id, operator_id, declaration_id, company_id, until, created_at, ended_at, verification_id
  FROM footprint_engagement WHERE operator_id = %(operator_id)s AND engagement_id = %(engagement_id)s;

-- name: engagements
SELECT engagement_id, operator_id, declaration_id, company_id, until, created_at, ended_at, verification_id
  FROM footprint_engagement WHERE operator_id = %(operator_id)s AND declaration_id = %(declaration_id)s
 ORDER BY engagement_id DESC LIMIT 200;

-- name: end_engagement
UPDATE footprint_engagement SET ended_at = %(now)s
 WHERE operator_id = %(operator_id)s AND engagement_id = %(engagement_id)s AND ended_at IS NULL;

-- name: conclude_engagement
UPDATE footprint_engagement SET verification_id = %(verification_id)s
 WHERE operator_id = %(operator_id)s AND engagement_id = %(engagement_id)s
   AND verification_id IS NOT DISTINCT FROM %(before)s::uuid;

-- name: open_to
-- across: invitations of a company that are in force today; one of them if asked
SELECT engagement_id, operator_id, declaration_id, company_id, until, created_at, ended_at, verification_id
  FROM footprint_engagement
 WHERE company_id = %(company_id)s AND ended_at IS NULL AND until >= %(today)s
   AND (%(engagement_id)s::uuid IS NULL OR engagement_id = %(engagement_id)s::uuid)
 ORDER BY engagement_id DESC LIMIT 200;

-- name: add_finding
INSERT INTO footprint_finding (operator_id, finding_id, engagement_id, result_id, line_id, words, state, raised_at)
VALUES (%(operator_id)s, %(finding_id)s, %(engagement_id)s, %(result_id)s, %(line_id)s, %(words)s, 'open', %(now)s);

-- name: finding
SELECT finding_id, engagement_id, result_id, line_id, words, state, reply, raised_at, replied_at, closed_at
  FROM footprint_finding WHERE operator_id = %(operator_id)s AND finding_id = %(finding_id)s;

-- name: findings
SELECT finding_id, engagement_id, result_id, line_id, words, state, reply, raised_at, replied_at, closed_at
  FROM footprint_finding WHERE operator_id = %(operator_id)s AND engagement_id = ANY(%(engagement_ids)s)
 ORDER BY finding_id;

-- name: reply
UPDATE footprint_finding SET state = 'answered', reply = %(reply)s, replied_at = %(now)s
 WHERE operator_id = %(operator_id)s AND finding_id = %(finding_id)s AND state <> 'closed';

-- name: close_finding
UPDATE footprint_finding SET state = 'closed', closed_at = %(now)s
 WHERE operator_id = %(operator_id)s AND finding_id = %(finding_id)s AND state <> 'closed';

-- name: add_access
INSERT INTO footprint_evidence_access (operator_id, access_id, engagement_id, result_id, actor, at)
VALUES (%(operator_id)s, %(access_id)s, %(engagement_id)s, %(result_id)s, %(actor)s, %(now)s);

-- name: accesses
SELECT access_id, engagement_id, result_id, actor, at FROM footprint_evidence_access
 WHERE operator_id = %(operator_id)s AND engagement_id = ANY(%(engagement_ids)s)
 ORDER BY access_id DESC LIMIT %(limit)s;
