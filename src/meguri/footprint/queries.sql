-- name: record
SELECT * FROM footprint_record WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: records
SELECT * FROM footprint_record WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(trace_ids)s::uuid[]);

-- name: save_records
-- The present declarations of some parts, and their versions in the history. in: said jsonb, an array of declarations
WITH told AS (
  SELECT r.*, one.value AS body
    FROM jsonb_array_elements(%(said)s::jsonb) AS one,
         jsonb_to_record(one.value) AS r (
           trace_id uuid, footprint_id uuid, declared_unit text, pre_production numeric, main_production numeric,
           pre_component numeric, main_component numeric, pre_quality jsonb, main_quality jsonb, comment text, version integer,
           updated_at timestamptz)
), kept AS (
  INSERT INTO footprint_record_history (operator_id, trace_id, footprint_id, version, at, actor, body)
  SELECT %(operator_id)s, trace_id, footprint_id, version, updated_at, %(actor)s, body FROM told
)
INSERT INTO footprint_record (operator_id, trace_id, footprint_id, declared_unit, pre_production, main_production, pre_component,
  main_component, pre_ter, pre_ger, pre_tir, main_ter, main_ger, main_tir, comment, version, created_at, updated_at)
SELECT %(operator_id)s, trace_id, footprint_id, declared_unit, pre_production, main_production, pre_component, main_component,
  (pre_quality ->> 'ter')::numeric, (pre_quality ->> 'ger')::numeric, (pre_quality ->> 'tir')::numeric,
  (main_quality ->> 'ter')::numeric, (main_quality ->> 'ger')::numeric, (main_quality ->> 'tir')::numeric,
  comment, version, updated_at, updated_at
  FROM told
ON CONFLICT (operator_id, trace_id) DO UPDATE SET footprint_id = excluded.footprint_id, declared_unit = excluded.declared_unit,
  pre_production = excluded.pre_production, main_production = excluded.main_production,
  pre_component = excluded.pre_component, main_component = excluded.main_component,
  pre_ter = excluded.pre_ter, pre_ger = excluded.pre_ger, pre_tir = excluded.pre_tir,
  main_ter = excluded.main_ter, main_ger = excluded.main_ger, main_tir = excluded.main_tir,
  comment = excluded.comment, version = excluded.version, updated_at = excluded.updated_at;

-- name: record_history
SELECT version, at, actor, body FROM footprint_record_history
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s ORDER BY at DESC, version DESC LIMIT %(limit)s;

-- name: forget_part
WITH gone_record AS (DELETE FROM footprint_record WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s),
     gone_sum AS (DELETE FROM footprint_sum WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s),
     gone_certificate AS (DELETE FROM footprint_certificate WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s)
DELETE FROM footprint_certificate_file WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: figures
-- Everything kept of these parts, one row each: declaration, what the components bring, the supplier's answer.
-- in: operators uuid[], trace_ids uuid[]
SELECT w.operator_id, w.trace_id,
       r.footprint_id, r.declared_unit, r.pre_production, r.main_production, r.pre_component, r.main_component,
       r.pre_ter, r.pre_ger, r.pre_tir, r.main_ter, r.main_ger, r.main_tir,
       coalesce(s.pre, 0), coalesce(s.pre_ter, 0), coalesce(s.pre_ger, 0), coalesce(s.pre_tir, 0),
       coalesce(s.main, 0), coalesce(s.main_ter, 0), coalesce(s.main_ger, 0), coalesce(s.main_tir, 0),
       s.sent, s.updating_since,
       a.trade_id, a.declared_unit, a.pre, a.main, a.pre_ter, a.pre_ger, a.pre_tir, a.main_ter, a.main_ger, a.main_tir
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
  LEFT JOIN footprint_record r ON r.operator_id = w.operator_id AND r.trace_id = w.trace_id
  LEFT JOIN footprint_sum s ON s.operator_id = w.operator_id AND s.trace_id = w.trace_id
  LEFT JOIN footprint_answer a ON a.operator_id = w.operator_id AND a.downstream_trace_id = w.trace_id;

-- name: stamps
-- Which versions of the rows of `figures` stand now: another text whenever one of them was written. Row versions by
-- transaction and place, for one transaction may write a row twice.
SELECT w.trace_id, concat(r.xmin, r.ctid, '|', s.xmin, s.ctid, '|', a.xmin, a.ctid)
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
  LEFT JOIN footprint_record r ON r.operator_id = w.operator_id AND r.trace_id = w.trace_id
  LEFT JOIN footprint_sum s ON s.operator_id = w.operator_id AND s.trace_id = w.trace_id
  LEFT JOIN footprint_answer a ON a.operator_id = w.operator_id AND a.downstream_trace_id = w.trace_id;

-- name: add_to_sums
-- Adds to each part a multiple of one source. in: operators, trace_ids uuid[], numbers int[], factors numeric[] (pairwise);
-- the sources: v0 … v7 numeric[] (pairwise, numbered from 1). rows: the parts of which something is kept already
UPDATE footprint_sum s
   SET pre = s.pre + w.factor * c.v0, pre_ter = s.pre_ter + w.factor * c.v1,
       pre_ger = s.pre_ger + w.factor * c.v2, pre_tir = s.pre_tir + w.factor * c.v3,
       main = s.main + w.factor * c.v4, main_ter = s.main_ter + w.factor * c.v5,
       main_ger = s.main_ger + w.factor * c.v6, main_tir = s.main_tir + w.factor * c.v7
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[], %(numbers)s::int[], %(factors)s::numeric[])
       AS w (operator_id, trace_id, number, factor)
  JOIN unnest(%(v0)s::numeric[], %(v1)s::numeric[], %(v2)s::numeric[], %(v3)s::numeric[], %(v4)s::numeric[],
              %(v5)s::numeric[], %(v6)s::numeric[], %(v7)s::numeric[])
       WITH ORDINALITY AS c (v0, v1, v2, v3, v4, v5, v6, v7, number) USING (number)
 WHERE s.operator_id = w.operator_id AND s.trace_id = w.trace_id;

-- name: begin_sums
-- The same for parts of which nothing is kept yet.
INSERT INTO footprint_sum (operator_id, trace_id, pre, pre_ter, pre_ger, pre_tir, main, main_ter, main_ger, main_tir)
SELECT w.operator_id, w.trace_id, w.factor * c.v0, w.factor * c.v1, w.factor * c.v2, w.factor * c.v3,
       w.factor * c.v4, w.factor * c.v5, w.factor * c.v6, w.factor * c.v7
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[], %(numbers)s::int[], %(factors)s::numeric[])
       AS w (operator_id, trace_id, number, factor)
  JOIN unnest(%(v0)s::numeric[], %(v1)s::numeric[], %(v2)s::numeric[], %(v3)s::numeric[], %(v4)s::numeric[],
              %(v5)s::numeric[], %(v6)s::numeric[], %(v7)s::numeric[])
       WITH ORDINALITY AS c (v0, v1, v2, v3, v4, v5, v6, v7, number) USING (number)
 WHERE NOT EXISTS (SELECT 1 FROM footprint_sum s WHERE s.operator_id = w.operator_id AND s.trace_id = w.trace_id);

-- name: save_answers
INSERT INTO footprint_answer AS a (operator_id, trade_id, downstream_trace_id, declared_unit, pre, main,
  pre_ter, pre_ger, pre_tir, main_ter, main_ger, main_tir, version, answered_at, updated_at)
SELECT w.*, 1, %(now)s, %(now)s
  FROM unnest(%(operators)s::uuid[], %(trades)s::uuid[], %(trace_ids)s::uuid[], %(units)s::text[], %(pre)s::numeric[],
              %(main)s::numeric[], %(pre_ter)s::numeric[], %(pre_ger)s::numeric[], %(pre_tir)s::numeric[],
              %(main_ter)s::numeric[], %(main_ger)s::numeric[], %(main_tir)s::numeric[]) AS w
ON CONFLICT (operator_id, trade_id) DO UPDATE
   SET declared_unit = excluded.declared_unit, pre = excluded.pre, main = excluded.main,
       pre_ter = excluded.pre_ter, pre_ger = excluded.pre_ger, pre_tir = excluded.pre_tir,
       main_ter = excluded.main_ter, main_ger = excluded.main_ger, main_tir = excluded.main_tir,
       before_total = CASE WHEN a.declared_unit = excluded.declared_unit AND num_nonnulls(a.pre, a.main) > 0
                           THEN coalesce(a.pre, 0) + coalesce(a.main, 0) END,
       before_at = CASE WHEN num_nonnulls(a.pre, a.main) > 0 THEN a.updated_at END,
       version = a.version + 1, updated_at = excluded.updated_at;

-- name: changed
-- What the answer for a part came to before and comes to now. in: operator_id, trace_id uuid; out: before, after
SELECT before_total, coalesce(pre, 0) + coalesce(main, 0) FROM footprint_answer
 WHERE operator_id = %(operator_id)s AND downstream_trace_id = %(trace_id)s AND before_total IS NOT NULL
   AND num_nonnulls(pre, main) > 0;

-- name: answer_times
-- Run across. When customers were told of these answers. in: operators uuid[], trades uuid[] (pairwise)
SELECT a.trade_id, a.updated_at AS at, a.before_at
  FROM unnest(%(operators)s::uuid[], %(trades)s::uuid[]) AS w (operator_id, trade_id)
  JOIN footprint_answer a ON a.operator_id = w.operator_id AND a.trade_id = w.trade_id
 WHERE num_nonnulls(a.pre, a.main) > 0;

-- name: stated_at
-- When each part was last declared, and last answered. in: operators uuid[], trace_ids uuid[] (pairwise)
SELECT w.trace_id, r.updated_at, a.updated_at
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
  LEFT JOIN footprint_record r ON r.operator_id = w.operator_id AND r.trace_id = w.trace_id
  LEFT JOIN footprint_answer a ON a.operator_id = w.operator_id AND a.downstream_trace_id = w.trace_id;

-- name: drop_answers
DELETE FROM footprint_answer a
 USING unnest(%(operators)s::uuid[], %(trades)s::uuid[]) AS w (operator_id, trade_id)
 WHERE a.operator_id = w.operator_id AND a.trade_id = w.trade_id;

-- name: mark_waiting
-- These parts still have to pass on a change: `sent` is what the parts above count with.
INSERT INTO footprint_sum AS s (operator_id, trace_id, sent)
SELECT w.operator_id, w.trace_id, ARRAY[w.v0, w.v1, w.v2, w.v3, w.v4, w.v5, w.v6, w.v7]
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[], %(v0)s::numeric[], %(v1)s::numeric[], %(v2)s::numeric[],
              %(v3)s::numeric[], %(v4)s::numeric[], %(v5)s::numeric[], %(v6)s::numeric[], %(v7)s::numeric[])
       AS w (operator_id, trace_id, v0, v1, v2, v3, v4, v5, v6, v7)
ON CONFLICT (operator_id, trace_id) DO UPDATE SET sent = excluded.sent;

-- name: mark_late
-- in: operators uuid[], trace_ids uuid[] (pairwise), now
INSERT INTO footprint_sum AS s (operator_id, trace_id, updating_since)
SELECT w.operator_id, w.trace_id, %(now)s FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
ON CONFLICT (operator_id, trace_id) DO UPDATE SET updating_since = excluded.updating_since WHERE s.updating_since IS NULL;

-- name: clear_late
-- in: operators uuid[], trace_ids uuid[] (pairwise)
UPDATE footprint_sum s SET updating_since = NULL
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
 WHERE s.operator_id = w.operator_id AND s.trace_id = w.trace_id AND s.updating_since IS NOT NULL;

-- name: take_waiting
-- Parts of one operator that still have to pass on a change.
SELECT trace_id FROM footprint_sum WHERE operator_id = %(operator_id)s AND sent IS NOT NULL ORDER BY trace_id LIMIT %(limit)s;

-- name: all_waiting
-- Run across. out: operator_id, trace_id
SELECT operator_id, trace_id FROM footprint_sum WHERE sent IS NOT NULL;

-- name: waiting
-- Those of these parts that still have to pass on a change. in: operators uuid[], trace_ids uuid[] (pairwise)
SELECT s.trace_id, s.sent
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
  JOIN footprint_sum s ON s.operator_id = w.operator_id AND s.trace_id = w.trace_id
 WHERE s.sent IS NOT NULL;

-- name: clear_waiting
-- in: operators uuid[], trace_ids uuid[] (pairwise)
UPDATE footprint_sum s SET sent = NULL
  FROM unnest(%(operators)s::uuid[], %(trace_ids)s::uuid[]) AS w (operator_id, trace_id)
 WHERE s.operator_id = w.operator_id AND s.trace_id = w.trace_id AND s.sent IS NOT NULL;

-- name: certificate
SELECT certificate_id, description, created_at FROM footprint_certificate
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: save_certificate
-- Made if there is none; NULL keeps the description.
INSERT INTO footprint_certificate AS c (operator_id, trace_id, certificate_id, description, created_at)
VALUES (%(operator_id)s, %(trace_id)s, %(certificate_id)s, %(description)s, %(now)s)
ON CONFLICT (operator_id, trace_id) DO UPDATE SET description = coalesce(excluded.description, c.description);

-- name: delete_certificate
DELETE FROM footprint_certificate WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: announce_files
INSERT INTO footprint_certificate_file (operator_id, file_id, file_name, created_at)
SELECT %(operator_id)s, w.file_id, w.file_name, %(now)s FROM unnest(%(files)s::uuid[], %(names)s::text[]) AS w (file_id, file_name);

-- name: file_arrived
UPDATE footprint_certificate_file SET content = %(content)s, size = %(size)s, media_type = %(media_type)s, uploaded_at = %(now)s
 WHERE operator_id = %(operator_id)s AND file_id = %(file_id)s AND content IS NULL;

-- name: files_of_part
SELECT file_id, file_name, size, content, media_type FROM footprint_certificate_file
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s ORDER BY uploaded_at, file_id;

-- name: files_by_id
SELECT file_id, file_name, size, content, media_type, trace_id FROM footprint_certificate_file
 WHERE operator_id = %(operator_id)s AND file_id = ANY(%(files)s::uuid[]) AND content IS NOT NULL;

-- name: attach_files
UPDATE footprint_certificate_file f SET trace_id = %(trace_id)s, file_name = w.file_name
  FROM unnest(%(files)s::uuid[], %(names)s::text[]) AS w (file_id, file_name)
 WHERE f.operator_id = %(operator_id)s AND f.file_id = w.file_id;

-- name: detach_files
DELETE FROM footprint_certificate_file
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND (%(file_id)s::uuid IS NULL OR file_id = %(file_id)s)
RETURNING file_id;

-- name: add_tickets
INSERT INTO footprint_file_ticket (operator_id, token_hash, purpose, file_id, owner_operator_id, file_name, media_type, content,
                                   size, expires_at)
SELECT %(operator_id)s, w.token_hash, %(purpose)s, w.file_id, %(owner)s, w.file_name, %(media_type)s, %(content)s, %(size)s,
       %(expires_at)s
  FROM unnest(%(hashes)s::bytea[], %(files)s::uuid[], %(names)s::text[]) AS w (token_hash, file_id, file_name);

-- name: take_ticket
-- Uses up an address for sending; one for fetching stays good until it expires.
UPDATE footprint_file_ticket SET used_at = %(now)s
 WHERE operator_id = %(operator_id)s AND token_hash = %(token_hash)s AND purpose = %(purpose)s AND expires_at > %(now)s
   AND (purpose = 'fetch' OR used_at IS NULL)
RETURNING file_id, owner_operator_id, file_name, media_type, content, size;

-- name: purge_tickets
DELETE FROM footprint_file_ticket WHERE expires_at < %(before)s;

-- name: clear_operators
WITH records AS (DELETE FROM footprint_record WHERE operator_id = ANY(%(operators)s::uuid[])),
     sums AS (DELETE FROM footprint_sum WHERE operator_id = ANY(%(operators)s::uuid[])),
     answers AS (DELETE FROM footprint_answer WHERE operator_id = ANY(%(operators)s::uuid[])),
     files AS (DELETE FROM footprint_certificate_file WHERE operator_id = ANY(%(operators)s::uuid[])),
     tickets AS (DELETE FROM footprint_file_ticket WHERE operator_id = ANY(%(operators)s::uuid[]))
DELETE FROM footprint_certificate WHERE operator_id = ANY(%(operators)s::uuid[]);

-- name: stored_bytes
SELECT operator_id, sum(size)::bigint FROM footprint_certificate_file WHERE size IS NOT NULL GROUP BY operator_id;
