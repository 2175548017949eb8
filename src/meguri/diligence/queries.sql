-- name: result
SELECT dd_id, version, body, valid_until FROM diligence_result WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: results
-- in: operators uuid[], trace_ids uuid[]
SELECT r.operator_id, r.trace_id, r.dd_id, r.body FROM diligence_result r
  JOIN unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id) USING (operator_id, trace_id);

-- name: save_result
WITH kept AS (
  INSERT INTO diligence_result_history (operator_id, trace_id, version, at, actor, body)
  VALUES (%(operator_id)s, %(trace_id)s, %(version)s, %(now)s, %(actor)s, %(body)s)
)
INSERT INTO diligence_result (operator_id, trace_id, dd_id, assessment_date, valid_until, body, finding_keys, version,
  created_at, updated_at)
VALUES (%(operator_id)s, %(trace_id)s, %(dd_id)s, %(assessment_date)s, %(valid_until)s, %(body)s, %(keys)s, %(version)s,
  %(now)s, %(now)s)
ON CONFLICT (operator_id, trace_id) DO UPDATE SET dd_id = excluded.dd_id, assessment_date = excluded.assessment_date,
  valid_until = excluded.valid_until, body = excluded.body, finding_keys = excluded.finding_keys,
  version = excluded.version, expired_told = NULL,
  updated_at = excluded.updated_at;

-- name: result_history
SELECT version, at, actor, body FROM diligence_result_history
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s ORDER BY at DESC, version DESC LIMIT %(limit)s;

-- name: drop_result
WITH gone AS (DELETE FROM diligence_mass WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s)
DELETE FROM diligence_result WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: expired_told
SELECT expired_told FROM diligence_result WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: own_results
SELECT trace_id, dd_id, version, body FROM diligence_result WHERE operator_id = %(operator_id)s ORDER BY updated_at DESC LIMIT %(limit)s;

-- name: results_expired
-- Results, of any operator, whose last valid day has passed and of which nobody was told.
SELECT operator_id, trace_id FROM diligence_result
 WHERE valid_until < %(today)s AND expired_told IS NULL ORDER BY operator_id, trace_id LIMIT %(limit)s;

-- name: mark_expired
UPDATE diligence_result SET expired_told = %(today)s WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: answers
-- in: operators uuid[], trace_ids uuid[]
SELECT a.operator_id, a.downstream_trace_id, a.trade_id, a.body FROM diligence_answer a
  JOIN unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
    ON a.operator_id = w.operator_id AND a.downstream_trace_id = w.trace_id;

-- name: result_keys
-- in: operators uuid[], trace_ids uuid[]
SELECT r.trace_id, r.finding_keys FROM diligence_result r
  JOIN unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id) USING (operator_id, trace_id)
 WHERE r.finding_keys IS NOT NULL;

-- name: answer_keys
-- in: operators uuid[], trace_ids uuid[]
SELECT a.downstream_trace_id, a.finding_keys FROM diligence_answer a
  JOIN unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
    ON a.operator_id = w.operator_id AND a.downstream_trace_id = w.trace_id
 WHERE a.finding_keys IS NOT NULL;

-- name: save_answer
INSERT INTO diligence_answer (operator_id, trade_id, downstream_trace_id, body, finding_keys, updated_at)
VALUES (%(operator_id)s, %(trade_id)s, %(trace_id)s, %(body)s, %(keys)s, %(now)s)
ON CONFLICT (operator_id, trade_id) DO UPDATE SET body = excluded.body, finding_keys = excluded.finding_keys, downstream_trace_id = excluded.downstream_trace_id,
  updated_at = excluded.updated_at;

-- name: drop_answer
DELETE FROM diligence_answer WHERE operator_id = %(operator_id)s AND (trade_id = %(trade_id)s OR downstream_trace_id = %(trace_id)s);

-- name: masses
-- in: operators uuid[], trace_ids uuid[]
SELECT m.trace_id, m.material, m.mass_per_unit FROM diligence_mass m
  JOIN unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id) USING (operator_id, trace_id);

-- name: parts_holding
SELECT trace_id FROM diligence_mass WHERE operator_id = %(operator_id)s AND material = %(material)s AND mass_per_unit > 0
  ORDER BY trace_id;

-- name: save_mass
INSERT INTO diligence_mass (operator_id, trace_id, material, mass_per_unit, method, updated_at)
VALUES (%(operator_id)s, %(trace_id)s, %(material)s, %(mass_per_unit)s, %(method)s, %(now)s)
ON CONFLICT (operator_id, trace_id, material) DO UPDATE SET mass_per_unit = excluded.mass_per_unit, method = excluded.method,
  updated_at = excluded.updated_at;

-- name: record
SELECT kind, record_id, version, state, subject_id, ends, body, created_at FROM diligence_record
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND record_id = %(record_id)s;

-- name: records
SELECT kind, record_id, version, state, subject_id, ends, body, created_at FROM diligence_record
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND (%(subject_id)s::uuid IS NULL OR subject_id = %(subject_id)s)
   AND (%(before)s::uuid IS NULL OR record_id < %(before)s)
 ORDER BY record_id DESC LIMIT %(limit)s;

-- name: records_about
-- The latest record of a kind about each subject. in: operator_id, kind, subjects uuid[]
SELECT DISTINCT ON (subject_id) kind, record_id, version, state, subject_id, ends, body, created_at FROM diligence_record
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND subject_id = ANY(%(subjects)s::uuid[])
 ORDER BY subject_id, record_id DESC;

-- name: edges_of
SELECT kind, record_id, version, state, subject_id, ends, body, created_at FROM diligence_record
 WHERE operator_id = %(operator_id)s AND kind = 'edge' AND body ->> 'material' = %(material)s;

-- name: save_record
-- A new record, or the next version of one whose present version is one less. 0 rows: somebody else was first.
WITH kept AS (
  INSERT INTO diligence_record (operator_id, kind, record_id, version, state, subject_id, ends, body, created_at, updated_at)
  VALUES (%(operator_id)s, %(kind)s, %(record_id)s, %(version)s, %(state)s, %(subject_id)s, %(ends)s, %(body)s, %(now)s, %(now)s)
  ON CONFLICT (operator_id, kind, record_id) DO UPDATE SET version = excluded.version, state = excluded.state,
    subject_id = excluded.subject_id, ends = excluded.ends, body = excluded.body, updated_at = excluded.updated_at
    WHERE diligence_record.version = excluded.version - 1
  RETURNING record_id
)
INSERT INTO diligence_record_history (operator_id, kind, record_id, version, at, actor, state, body)
SELECT %(operator_id)s, %(kind)s, record_id, %(version)s, %(now)s, %(actor)s, %(state)s, %(body)s FROM kept;

-- name: record_history
SELECT version, at, actor, state, body FROM diligence_record_history
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND record_id = %(record_id)s ORDER BY version DESC LIMIT %(limit)s;

-- name: count_records
SELECT kind, state, count(*) FROM diligence_record WHERE operator_id = %(operator_id)s GROUP BY kind, state;

-- name: ending
-- Evidence, of any operator, that ends within the period of notice.
SELECT operator_id, record_id FROM diligence_record
 WHERE kind = 'attestation' AND ends IS NOT NULL AND ends <= %(until)s AND state = 'active'
   AND (%(after)s::uuid IS NULL OR record_id > %(after)s)
 ORDER BY record_id LIMIT %(limit)s;

-- name: add_case
INSERT INTO diligence_case (operator_id, case_id, code_hash, sealed, state, channel, retaliation, received_at, version, updated_at)
VALUES (%(operator_id)s, %(case_id)s, %(code_hash)s, %(sealed)s, 'received', %(channel)s, %(retaliation)s, %(now)s, 1, %(now)s);

-- name: case
SELECT case_id, sealed, state, channel, category, facility_id, reason, retaliation, received_at, admitted_on, version
  FROM diligence_case WHERE operator_id = %(operator_id)s AND case_id = %(case_id)s;

-- name: case_by_code
SELECT case_id, sealed, state, channel, category, facility_id, reason, retaliation, received_at, admitted_on, version
  FROM diligence_case WHERE operator_id = %(operator_id)s AND code_hash = %(code_hash)s;

-- name: cases
SELECT case_id, sealed, state, channel, category, facility_id, reason, retaliation, received_at, admitted_on, version
  FROM diligence_case WHERE operator_id = %(operator_id)s AND (%(before)s::uuid IS NULL OR case_id < %(before)s)
 ORDER BY case_id DESC LIMIT %(limit)s;

-- name: save_case
UPDATE diligence_case SET state = %(state)s, category = %(category)s, facility_id = %(facility_id)s, reason = %(reason)s,
  admitted_on = %(admitted_on)s, sealed = %(sealed)s, version = version + 1, updated_at = %(now)s
 WHERE operator_id = %(operator_id)s AND case_id = %(case_id)s AND version = %(version)s;

-- name: admitted
SELECT admitted_on FROM diligence_case
 WHERE operator_id = %(operator_id)s AND facility_id = %(facility_id)s AND admitted_on IS NOT NULL;

-- name: case_counts
SELECT state, count(*) FROM diligence_case WHERE operator_id = %(operator_id)s AND received_at >= %(since)s AND received_at < %(until)s
 GROUP BY state;

-- name: add_message
INSERT INTO diligence_case_message (operator_id, case_id, message_id, at, said_by, sealed)
VALUES (%(operator_id)s, %(case_id)s, %(message_id)s, %(now)s, %(said_by)s, %(sealed)s);

-- name: messages
SELECT case_id, at, said_by, sealed FROM diligence_case_message
 WHERE operator_id = %(operator_id)s AND case_id = ANY(%(case_ids)s) ORDER BY message_id;

-- name: add_case_file
INSERT INTO diligence_case_file (operator_id, case_id, file_id, at, size, sealed_name, sealed)
VALUES (%(operator_id)s, %(case_id)s, %(file_id)s, %(now)s, %(size)s, %(sealed_name)s, %(sealed)s);

-- name: case_files
SELECT case_id, file_id, sealed_name, size FROM diligence_case_file
 WHERE operator_id = %(operator_id)s AND case_id = ANY(%(case_ids)s) ORDER BY file_id;

-- name: case_file
SELECT sealed_name, sealed FROM diligence_case_file
 WHERE operator_id = %(operator_id)s AND case_id = %(case_id)s AND file_id = %(file_id)s;

-- name: drop_case_files
DELETE FROM diligence_case_file WHERE operator_id = %(operator_id)s AND case_id = %(case_id)s;
