-- The job queue: its tables come from the library and have no row-level security, for their rows hold ids only.
-- A tenant's transaction may add a job and see no more than its number and the hash that keeps it single (without which
-- PostgreSQL does not say which value stands twice); the worker's role may do all with the queue, and nothing else.

GRANT USAGE ON SCHEMA public TO meguri_queue;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers TO meguri_queue;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq,
  procrastinate_workers_id_seq TO meguri_queue;

GRANT SELECT (id, queueing_lock), INSERT ON procrastinate_jobs TO meguri_app, meguri_across, meguri_identity;
GRANT INSERT ON procrastinate_events TO meguri_app, meguri_across, meguri_identity;
GRANT USAGE ON SEQUENCE procrastinate_jobs_id_seq, procrastinate_events_id_seq TO meguri_app, meguri_across, meguri_identity;

GRANT SELECT ON meguri_migration TO meguri_app, meguri_identity, meguri_queue;
