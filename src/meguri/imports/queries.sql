-- name: add_run
INSERT INTO import_run SELECT * FROM jsonb_populate_recordset(NULL::import_run, %(rows)s::jsonb);

-- name: add_parts
INSERT INTO import_part (operator_id, import_id, part, rows, steps, faults)
SELECT %(operator_id)s, %(import_id)s, p.part, p.rows, p.steps, p.faults
  FROM jsonb_to_recordset(%(parts)s::jsonb) AS p(part integer, rows integer, steps jsonb, faults jsonb);

-- name: run
SELECT * FROM import_run WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s;

-- name: runs
-- Imports, newest first. in: operator_id uuid, after uuid (None: from the start), count integer
SELECT * FROM import_run
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR import_id < %(after)s)
 ORDER BY import_id DESC LIMIT %(count)s;

-- name: same_file
-- Imports of a file of the same content, newest first. in: operator_id, before uuid, sha256, kind text
SELECT * FROM import_run
 WHERE operator_id = %(operator_id)s AND sha256 = %(sha256)s AND kind = %(kind)s AND import_id < %(before)s
 ORDER BY import_id DESC LIMIT 20;

-- name: names
-- The file names of these imports. in: operator_id uuid, ids uuid[]
SELECT import_id, file_name FROM import_run WHERE operator_id = %(operator_id)s AND import_id = ANY(%(ids)s::uuid[]);

-- name: move
-- Another state, of an import that is still at work; a new step begins with nothing passed.
UPDATE import_run SET state = %(state)s, passed = CASE WHEN %(anew)s THEN 0 ELSE passed END,
       step_at = CASE WHEN %(anew)s THEN %(at)s ELSE step_at END, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s AND state IN ('queued', 'checking', 'writing');

-- name: count
UPDATE import_run SET passed = passed + %(passed)s, written = written + %(written)s, bad = bad + %(bad)s, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s;

-- name: set_passed
-- How far a step is that commits only at its end. Gives the state, so that whoever works sees that it was stopped.
UPDATE import_run SET passed = %(passed)s, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s RETURNING state;

-- name: next_part
-- The first part after `part` that is still to be checked (or written).
SELECT part, rows, steps, faults FROM import_part
 WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s AND part > %(part)s
   AND CASE WHEN %(write)s THEN NOT written ELSE NOT checked END
 ORDER BY part LIMIT 1;

-- name: save_part
UPDATE import_part
   SET checked = true, written = %(written)s, faults = faults || %(faults)s::jsonb
 WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s AND part = %(part)s;

-- name: drop_steps
UPDATE import_part SET steps = '[]' WHERE operator_id = %(operator_id)s AND import_id = %(import_id)s;

-- name: faults
-- Faults by row. in: operator_id, import_id uuid, count integer
SELECT f.value FROM import_part p, jsonb_array_elements(p.faults) AS f(value)
 WHERE p.operator_id = %(operator_id)s AND p.import_id = %(import_id)s
 ORDER BY (f.value->>'row')::integer, p.part LIMIT %(count)s;
