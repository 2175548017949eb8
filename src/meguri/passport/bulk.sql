-- Bulk issue: jobs and their parts.

-- name: add_job
INSERT INTO passport_bulk_job SELECT * FROM jsonb_populate_recordset(NULL::passport_bulk_job, %(rows)s::jsonb);

-- name: add_parts
INSERT INTO passport_bulk_part SELECT * FROM jsonb_populate_recordset(NULL::passport_bulk_part, %(rows)s::jsonb);

-- name: job
SELECT * FROM passport_bulk_job WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s;

-- name: job_locked
SELECT * FROM passport_bulk_job WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s FOR UPDATE;

-- name: jobs_page
SELECT * FROM passport_bulk_job
 WHERE operator_id = %(operator_id)s
   AND (%(after_at)s::timestamptz IS NULL OR (created_at, job_id) < (%(after_at)s, %(after_id)s))
 ORDER BY created_at DESC, job_id DESC LIMIT %(count)s;

-- name: jobs_of_file
-- Earlier jobs of the very same file.
SELECT job_id FROM passport_bulk_job WHERE operator_id = %(operator_id)s AND file_sha256 = %(file_sha256)s;

-- name: set_job
UPDATE passport_bulk_job SET state = %(state)s, reason = %(reason)s, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s AND state IN ('queued', 'running');

-- name: count_job
UPDATE passport_bulk_job
   SET checked = checked + %(checked)s, issued = issued + %(issued)s, present = present + %(present)s, bad = bad + %(bad)s,
       updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s;

-- name: next_part
-- The first part whose step is not done yet.
SELECT * FROM passport_bulk_part
 WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s
   AND CASE WHEN %(step)s::text = 'check' THEN NOT checked ELSE NOT issued END
 ORDER BY part LIMIT 1;

-- name: save_part
UPDATE passport_bulk_part SET checked = %(checked)s, issued = %(issued)s, errors = %(errors)s::jsonb, results = %(results)s::jsonb
 WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s AND part = %(part)s;

-- name: forget_rows
-- An ended job is never taken up again: what its file said of each item is in the passports, or nowhere.
UPDATE passport_bulk_part SET rows = '[]' WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s;

-- name: parts_after
SELECT * FROM passport_bulk_part
 WHERE operator_id = %(operator_id)s AND job_id = %(job_id)s AND part > %(part)s ORDER BY part LIMIT %(count)s;

-- name: taken_in_bulk
-- Passports of these keys that an earlier run of the same file made.
SELECT p.product_key, p.dpp_id, p.product_id, p.version_hash FROM passport p
 WHERE p.operator_id = %(operator_id)s AND p.live AND p.product_key = ANY(%(keys)s::text[])
   AND p.bulk_job_id = ANY(%(jobs)s::uuid[]);
