-- name: declaration
SELECT declaration_id, model, plant_id, trace_id, edition, state, result_id, body, document, version, created_at, updated_at,
       published_at
  FROM footprint_declaration WHERE operator_id = %(operator_id)s AND declaration_id = %(declaration_id)s;

-- name: declarations
SELECT declaration_id, model, plant_id, trace_id, edition, state, result_id, body, document, version, created_at, updated_at,
       published_at
  FROM footprint_declaration
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR declaration_id < %(after)s)
 ORDER BY declaration_id DESC LIMIT %(limit)s;

-- name: editions
SELECT declaration_id, model, plant_id, trace_id, edition, state, result_id, body, document, version, created_at, updated_at,
       published_at
  FROM footprint_declaration WHERE operator_id = %(operator_id)s AND model = %(model)s AND plant_id = %(plant_id)s
 ORDER BY edition DESC LIMIT 100;

-- name: save
WITH kept AS (
  INSERT INTO footprint_declaration_step (operator_id, declaration_id, version, state, note, actor, at)
  VALUES (%(operator_id)s, %(declaration_id)s, %(version)s, %(state)s, %(note)s, %(actor)s, %(updated_at)s)
)
INSERT INTO footprint_declaration (operator_id, declaration_id, model, plant_id, trace_id, edition, state, result_id, body,
  document, version, created_at, updated_at, published_at)
VALUES (%(operator_id)s, %(declaration_id)s, %(model)s, %(plant_id)s, %(trace_id)s, %(edition)s, %(state)s, %(result_id)s,
  %(body)s, %(document)s, %(version)s, %(created_at)s, %(updated_at)s, %(published_at)s)
ON CONFLICT (operator_id, declaration_id) DO UPDATE SET model = excluded.model, plant_id = excluded.plant_id,
  trace_id = excluded.trace_id, state = excluded.state, result_id = excluded.result_id, body = excluded.body,
  document = excluded.document, version = excluded.version, updated_at = excluded.updated_at,
  published_at = excluded.published_at
  WHERE footprint_declaration.version = excluded.version - 1;

-- name: steps
SELECT version, state, note, actor, at FROM footprint_declaration_step
 WHERE operator_id = %(operator_id)s AND declaration_id = %(declaration_id)s ORDER BY version DESC;

-- name: published
SELECT document FROM footprint_declaration
 WHERE operator_id = %(operator_id)s AND model = %(model)s AND plant_id = %(plant_id)s AND state = 'published';

-- name: published_by_id
-- For anyone: what is published is public. Run across tenants.
SELECT document, state FROM footprint_declaration
 WHERE declaration_id = %(declaration_id)s AND state IN ('published', 'superseded', 'withdrawn') AND document IS NOT NULL;

-- name: add_verification
INSERT INTO footprint_verification (operator_id, verification_id, result_id, result_hash, state, body, version, created_at,
  updated_at)
VALUES (%(operator_id)s, %(verification_id)s, %(result_id)s, %(result_hash)s, %(state)s, %(body)s, 1, %(now)s, %(now)s);

-- name: move_verification
UPDATE footprint_verification SET state = %(state)s, body = %(body)s, version = version + 1, updated_at = %(now)s
 WHERE operator_id = %(operator_id)s AND verification_id = %(verification_id)s AND version = %(version)s;

-- name: verification
SELECT verification_id, state, body, version, created_at, updated_at FROM footprint_verification
 WHERE operator_id = %(operator_id)s AND verification_id = %(verification_id)s;

-- name: verifications
SELECT verification_id, state, body, version, created_at, updated_at FROM footprint_verification
 WHERE operator_id = %(operator_id)s AND result_id = %(result_id)s ORDER BY verification_id DESC;

-- name: add_statement_file
INSERT INTO footprint_statement_file (operator_id, file_id, verification_id, file_name, sha256, size, actor, added_at)
VALUES (%(operator_id)s, %(file_id)s, %(verification_id)s, %(file_name)s, %(sha256)s, %(size)s, %(actor)s, %(added_at)s)
ON CONFLICT (operator_id, verification_id, sha256) DO NOTHING;

-- name: statement_files
SELECT file_id, verification_id, file_name, sha256, size, actor, added_at FROM footprint_statement_file
 WHERE operator_id = %(operator_id)s AND verification_id = ANY(%(verification_ids)s) ORDER BY file_id;
