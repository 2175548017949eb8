-- Why jobs failed. Rows of the queue, not of tenants: the worker's role alone sees them.

CREATE TABLE job_failure (
  job_id bigint      NOT NULL PRIMARY KEY,
  at     timestamptz NOT NULL,
  tries  integer     NOT NULL,
  reason text        NOT NULL
);
CALL meguri_guard_table('job_failure');
CREATE POLICY queue_all ON job_failure TO meguri_queue USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON job_failure TO meguri_queue;
