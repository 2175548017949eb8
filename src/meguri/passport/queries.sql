-- Passports. Statements that name no operator are run within `tx.across()`.

-- name: lock
-- One writer at a time of a thing that has no row yet (a product identifier's family).
SELECT pg_advisory_xact_lock(hashtextextended('passport ' || %(thing)s, 0));

-- name: by_product
-- The live passports of a product: at most one is active; successors that keep the marking share the key.
SELECT * FROM passport WHERE product_key = %(key)s AND live
 ORDER BY (state = 'Active') DESC, (state IN ('Inactive', 'Archived')) DESC, issued_at DESC, passport_id DESC LIMIT 1;

-- name: by_dpp
SELECT * FROM passport WHERE dpp_key = %(key)s AND live ORDER BY issued_at DESC LIMIT 1;

-- name: by_id
SELECT * FROM passport WHERE passport_id = %(passport_id)s AND live LIMIT 1;

-- name: by_site
-- The first published passport whose own values name a site. in: gln text
SELECT * FROM passport
 WHERE right(own ->> 'facility_id', 13) = %(gln)s AND own ->> 'facility_id' IS NOT NULL AND live
   AND (own ->> 'facility_id' = %(gln)s OR own ->> 'facility_id' LIKE '%%/414/' || %(gln)s)
   AND state IN ('Active', 'Inactive')
 ORDER BY published_at LIMIT 1;

-- name: item_of_site
-- A published item of a model that names a site and is not published itself. in: gln text
SELECT i.* FROM passport m
 CROSS JOIN LATERAL (SELECT * FROM passport p WHERE p.model_id = m.passport_id AND p.live
                        AND p.state IN ('Active', 'Inactive') ORDER BY p.passport_id LIMIT 1) i
 WHERE right(m.own ->> 'facility_id', 13) = %(gln)s AND m.own ->> 'facility_id' IS NOT NULL AND m.live
   AND (m.own ->> 'facility_id' = %(gln)s OR m.own ->> 'facility_id' LIKE '%%/414/' || %(gln)s)
   AND m.granularity = 'model'
 LIMIT 1;

-- name: latest_published_of
-- The passport that an operator changed last among those in a state. in: operator_id uuid, state text
SELECT * FROM passport WHERE operator_id = %(operator_id)s AND live AND state = %(state)s
 ORDER BY updated_at DESC, passport_id DESC LIMIT 1;

-- name: own_by_id
-- One operator's own passport, locked for a change.
SELECT * FROM passport WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND live FOR UPDATE;

-- name: waiting_by_id
-- A passport that came from another installation and waits for its taker: it was never anybody's here.
SELECT * FROM passport p
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND NOT live AND meta->'*'->>'source' = 'transfer'
   AND NOT EXISTS (SELECT 1 FROM passport o WHERE o.passport_id = p.passport_id AND o.operator_id <> p.operator_id)
   FOR UPDATE;

-- name: taken_keys
-- Which product keys are taken. in: keys text[]; out: product_key, state, operator_id, passport_id
SELECT product_key, state, operator_id, passport_id FROM passport WHERE product_key = ANY(%(keys)s::text[]) AND live;

-- name: dpp_ids_of
-- in: keys text[]; out: product_key, dpp_id of active passports
SELECT product_key, dpp_id FROM passport WHERE product_key = ANY(%(keys)s::text[]) AND live AND state = 'Active';

-- name: add_passports
INSERT INTO passport SELECT * FROM jsonb_populate_recordset(NULL::passport, %(rows)s::jsonb);

-- name: add_versions
INSERT INTO passport_version SELECT * FROM jsonb_populate_recordset(NULL::passport_version, %(rows)s::jsonb);

-- name: add_events
INSERT INTO passport_event SELECT * FROM jsonb_populate_recordset(NULL::passport_event, %(rows)s::jsonb);

-- name: add_links
INSERT INTO passport_link SELECT * FROM jsonb_populate_recordset(NULL::passport_link, %(rows)s::jsonb);

-- name: put_passport
-- A row that came back to an operator who had it before takes its place again.
INSERT INTO passport SELECT * FROM jsonb_populate_recordset(NULL::passport, %(rows)s::jsonb)
ON CONFLICT (operator_id, passport_id) DO UPDATE SET
  live = excluded.live, state = excluded.state, life = excluded.life, responsible = excluded.responsible,
  provider = excluded.provider, version = excluded.version, own = excluded.own, derived = excluded.derived,
  meta = excluded.meta, overrides = excluded.overrides, salts = excluded.salts, slices = excluded.slices,
  version_hash = excluded.version_hash, score = excluded.score, ceased_at = excluded.ceased_at,
  model_version = excluded.model_version, batch_version = excluded.batch_version,
  last_event_at = excluded.last_event_at, updated_at = excluded.updated_at;

-- name: save_passport
-- The row as it is now, if nobody was faster.
UPDATE passport p SET
  live = n.live, category = n.category, model_name = n.model_name, state = n.state, life = n.life,
  responsible = n.responsible, provider = n.provider, version = n.version, own = n.own, derived = n.derived,
  meta = n.meta, overrides = n.overrides, salts = n.salts, slices = n.slices, version_hash = n.version_hash,
  score = n.score, published_at = n.published_at, ceased_at = n.ceased_at, last_event_at = n.last_event_at,
  updated_at = n.updated_at, model_version = n.model_version, batch_version = n.batch_version
  FROM jsonb_populate_record(NULL::passport, %(row)s::jsonb) n
 WHERE p.operator_id = n.operator_id AND p.passport_id = n.passport_id AND p.version = %(expected)s AND p.live;

-- name: hand_over
UPDATE passport SET live = false WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s;

-- name: delete_draft
DELETE FROM passport WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND state = 'Draft';

-- name: pinned
-- The values of a record's version, for those who stand on it.
SELECT v.own, p.dpp_id FROM passport_version v
  JOIN passport p ON p.operator_id = v.operator_id AND p.passport_id = v.passport_id
 WHERE v.operator_id = %(operator_id)s AND v.passport_id = %(passport_id)s AND v.version = %(version)s;

-- name: version_at
-- The version that held at a moment. out: version and all that its hash covers
SELECT operator_id, version, changed_at, model_operator_id, model_id, model_version, batch_operator_id, batch_id,
       batch_version, state, life, responsible, own, derived, salts, slices, version_hash, redacted
  FROM passport_version WHERE passport_id = %(passport_id)s AND changed_at <= %(at)s
 ORDER BY version DESC LIMIT 1;

-- name: version_numbered
SELECT operator_id, version, changed_at, model_operator_id, model_id, model_version, batch_operator_id, batch_id,
       batch_version, state, life, responsible, own, derived, salts, slices, version_hash, redacted
  FROM passport_version WHERE passport_id = %(passport_id)s AND version = %(version)s LIMIT 1;

-- name: versions_with
-- Versions whose own values hold one of some keys, by whomever they were made. in: passport_id uuid, keys text[]
SELECT operator_id, version, changed_at, model_operator_id, model_id, model_version, batch_operator_id, batch_id,
       batch_version, state, life, responsible, own, derived, salts, slices, version_hash, redacted
  FROM passport_version WHERE passport_id = %(passport_id)s AND own ?| %(keys)s::text[] ORDER BY version FOR UPDATE;

-- name: keys_with
-- Which of some keys the versions of a passport hold. in: passport_id uuid, keys text[]
SELECT DISTINCT k FROM passport_version v, unnest(%(keys)s::text[]) AS k
 WHERE v.passport_id = %(passport_id)s AND v.own ? k;

-- name: redact_version
-- What is left of a version. in: passport_id uuid, row {operator_id, version, own, salts, redacted}
UPDATE passport_version v SET own = n.own, salts = n.salts, redacted = n.redacted
  FROM jsonb_populate_record(NULL::passport_version, %(row)s::jsonb) n
 WHERE v.operator_id = n.operator_id AND v.passport_id = %(passport_id)s AND v.version = n.version;

-- name: redact_handed_over
-- in: passport_id uuid, keys text[], salts: new ones, for the old would let what is gone be found by trying
UPDATE passport SET own = own - %(keys)s::text[], salts = %(salts)s::jsonb
 WHERE passport_id = %(passport_id)s AND NOT live AND own ?| %(keys)s::text[];

-- name: versions
-- Newest first, below a version number.
SELECT version, changed_at, actor, on_behalf_of, event, reason, changed_keys, version_hash, slices, rule_sets, state,
       redacted
  FROM passport_version WHERE passport_id = %(passport_id)s AND version < %(below)s
 ORDER BY version DESC LIMIT %(count)s;

-- name: last_closing
-- The event that last made a passport inactive.
SELECT event FROM passport_version
 WHERE passport_id = %(passport_id)s AND state = 'Inactive' AND event IN ('suspend', 'succession')
 ORDER BY version DESC LIMIT 1;

-- name: events_of
SELECT event_id, operator_id, passport_id, kind, at, recorded_at, actor, body FROM passport_event
 WHERE passport_id = %(passport_id)s ORDER BY at, event_id LIMIT %(count)s;

-- name: events_recorded
-- An operator's events in the order of recording, after one of them.
SELECT event_id, operator_id, passport_id, kind, at, recorded_at, actor, body FROM passport_event
 WHERE operator_id = %(operator_id)s AND (recorded_at, event_id) > (%(after_at)s, %(after_id)s)
   AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)
 ORDER BY recorded_at, event_id LIMIT %(count)s;

-- name: shares_used
-- How much of a predecessor went into successors already.
SELECT coalesce(sum(share), 0) FROM passport_link WHERE predecessor_id = %(passport_id)s AND side = 'predecessor';

-- name: parents_of
SELECT predecessor_id FROM passport_link WHERE successor_id = %(passport_id)s AND side = 'successor';

-- name: ancestry
-- The whole descent of a product, at most 50 levels up.
WITH RECURSIVE up (successor_id, predecessor_id, operation, share, version_hash, at, depth) AS (
  SELECT successor_id, predecessor_id, operation, share, version_hash, at, 1
    FROM passport_link WHERE successor_id = %(passport_id)s AND side = 'successor'
  UNION
  SELECT l.successor_id, l.predecessor_id, l.operation, l.share, l.version_hash, l.at, u.depth + 1
    FROM up u JOIN passport_link l ON l.successor_id = u.predecessor_id AND l.side = 'successor'
   WHERE u.depth < %(deepest)s
)
SELECT u.successor_id, u.predecessor_id, u.operation, u.share, u.version_hash, u.at, u.depth, p.dpp_id
  FROM up u JOIN passport p ON p.passport_id = u.predecessor_id AND p.live ORDER BY u.depth, p.dpp_id;

-- name: items_of_model
-- Own live items that stand on an older version of a model, by id.
SELECT passport_id FROM passport
 WHERE operator_id = %(operator_id)s AND model_id = %(model_id)s AND live AND granularity = 'item'
   AND model_version < %(version)s AND state IN ('Draft', 'Active', 'Inactive')
   AND (%(only)s::uuid[] IS NULL OR passport_id = ANY(%(only)s::uuid[])) AND passport_id > %(after)s
 ORDER BY passport_id LIMIT %(count)s;

-- name: count_items_of_model
SELECT count(*) FROM passport
 WHERE operator_id = %(operator_id)s AND model_id = %(model_id)s AND live AND granularity = 'item'
   AND model_version < %(version)s AND state IN ('Draft', 'Active', 'Inactive')
   AND (%(only)s::uuid[] IS NULL OR passport_id = ANY(%(only)s::uuid[]));

-- name: list_passports
-- A page of own passports, the latest change first. Values are compared as they are written, the item's before the model's.
SELECT p.passport_id, p.operator_id, p.dpp_id, p.product_id, p.kind, p.granularity, p.category, p.model_name, p.serial,
       p.state, p.life, p.version, p.score, p.updated_at
  FROM passport p
 WHERE p.operator_id = %(operator_id)s AND p.live
   AND (%(granularity)s::text IS NULL OR p.granularity = %(granularity)s)
   AND (%(kind)s::text IS NULL OR p.kind = %(kind)s)
   AND (%(category)s::text IS NULL OR p.category = %(category)s)
   AND (%(state)s::text IS NULL OR p.state = %(state)s)
   AND (%(life)s::text IS NULL OR p.life = %(life)s)
   AND (%(model)s::uuid IS NULL OR p.model_id = %(model)s)
   AND (%(updated_since)s::timestamptz IS NULL OR p.updated_at >= %(updated_since)s)
   AND (%(score_lt)s::real IS NULL OR p.score < %(score_lt)s)
   AND (%(only)s::uuid[] IS NULL OR p.passport_id = ANY(%(only)s::uuid[]))
   AND (%(q)s::text IS NULL OR p.serial LIKE %(q)s OR p.product_key LIKE %(anywhere)s OR p.model_name ILIKE %(anywhere)s)
   AND (%(filters)s::jsonb = '{}' OR %(filters)s::jsonb <@ ((SELECT coalesce(m.own, '{}') || coalesce(b.own, '{}')
         FROM (SELECT 1) one
         LEFT JOIN passport_version m ON m.operator_id = p.model_operator_id AND m.passport_id = p.model_id AND m.version = p.model_version
         LEFT JOIN passport_version b ON b.operator_id = p.batch_operator_id AND b.passport_id = p.batch_id AND b.version = p.batch_version)
         || p.derived || p.own))
   AND (%(after_at)s::timestamptz IS NULL OR (p.updated_at, p.passport_id) < (%(after_at)s, %(after_id)s))
 ORDER BY p.updated_at DESC, p.passport_id DESC
 LIMIT %(count)s;

-- name: count_passports
-- How many, up to a limit: beyond it nobody reads them all.
SELECT count(*) FROM (SELECT 1 FROM passport p WHERE p.operator_id = %(operator_id)s AND p.live
   AND (%(granularity)s::text IS NULL OR p.granularity = %(granularity)s)
   AND (%(category)s::text IS NULL OR p.category = %(category)s)
   AND (%(state)s::text IS NULL OR p.state = %(state)s)
   AND (%(model)s::uuid IS NULL OR p.model_id = %(model)s) LIMIT %(most)s) counted;

-- name: tally
-- An operator's live passports by state.
SELECT state, count(*) FROM passport WHERE operator_id = %(operator_id)s AND live AND granularity = 'item' GROUP BY state;

-- name: mark_backup
INSERT INTO passport_backup SELECT * FROM jsonb_populate_recordset(NULL::passport_backup, %(rows)s::jsonb)
ON CONFLICT (operator_id, passport_id) DO UPDATE
  SET version = excluded.version, changed_at = excluded.changed_at, copied_at = NULL;

-- name: backup_waiting
-- The oldest change first, after one of them. out: passport_id, version, changed_at
SELECT passport_id, version, changed_at FROM passport_backup
 WHERE operator_id = %(operator_id)s AND copied_at IS NULL
   AND (%(after_at)s::timestamptz IS NULL OR (changed_at, passport_id) > (%(after_at)s, %(after_id)s::uuid))
 ORDER BY changed_at, passport_id LIMIT %(count)s;

-- name: backup_done
UPDATE passport_backup SET copied_at = %(at)s
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND version = %(version)s;

-- name: backup_lag
SELECT min(changed_at), count(*) FROM passport_backup WHERE operator_id = %(operator_id)s AND copied_at IS NULL;

-- name: access_head
INSERT INTO passport_access_head (operator_id, seq, hash) VALUES (%(operator_id)s, 0, %(start)s)
ON CONFLICT (operator_id) DO UPDATE SET seq = passport_access_head.seq RETURNING seq, hash;

-- name: access_add
INSERT INTO passport_access SELECT * FROM jsonb_populate_recordset(NULL::passport_access, %(rows)s::jsonb);

-- name: access_move
UPDATE passport_access_head SET seq = %(seq)s, hash = %(hash)s WHERE operator_id = %(operator_id)s;

-- name: access_page
-- An operator's register, newest first, of one passport or all.
SELECT seq, entry FROM passport_access
 WHERE operator_id = %(operator_id)s AND (%(passport_id)s::uuid IS NULL OR passport_id = %(passport_id)s)
   AND seq < %(below)s ORDER BY seq DESC LIMIT %(count)s;

-- name: count_reads
INSERT INTO passport_read_count SELECT * FROM jsonb_populate_recordset(NULL::passport_read_count, %(rows)s::jsonb)
ON CONFLICT (operator_id, passport_id, hour) DO UPDATE SET reads = passport_read_count.reads + excluded.reads;

-- name: reads_since
SELECT coalesce(sum(reads), 0) FROM passport_read_count
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND hour >= %(since)s;

-- name: live_items_of_model
SELECT passport_id FROM passport
 WHERE operator_id = %(operator_id)s AND model_id = %(model_id)s AND live AND granularity = 'item'
   AND state IN ('Draft', 'Active', 'Inactive') AND passport_id > %(after)s
 ORDER BY passport_id LIMIT %(count)s;
