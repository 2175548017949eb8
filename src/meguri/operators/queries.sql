-- name: lock
-- Serialises writers of one thing until the end of the transaction. in: thing text; out: nothing of use
SELECT pg_advisory_xact_lock(hashtextextended(%(thing)s, 0));

-- name: lock_within
-- The same for one part of a whole, which others may write other parts of. in: thing text, whole text; out: nothing of use
SELECT pg_advisory_xact_lock_shared(hashtextextended(%(whole)s, 0)), pg_advisory_xact_lock(hashtextextended(%(thing)s, 0));

-- name: add_operator
-- A company joins, with the first version of its history. in: all columns, actor text; out: the record, or no row: taken
WITH added AS (
  INSERT INTO operator (operator_id, name, search_name, address, open_operator_id, global_operator_id, lei, gln,
                        synthetic, guest_of, created_at, updated_at)
  VALUES (%(operator_id)s, %(name)s, %(search_name)s, %(address)s, %(open_operator_id)s, %(global_operator_id)s,
          %(lei)s, %(gln)s, %(synthetic)s, %(guest_of)s, %(at)s, %(at)s)
  ON CONFLICT DO NOTHING
  RETURNING *
), kept AS (
  INSERT INTO operator_history (operator_id, version, name, address, open_operator_id, global_operator_id, lei, gln, at, actor)
  SELECT operator_id, version, name, address, open_operator_id, global_operator_id, lei, gln, updated_at, %(actor)s
    FROM added
)
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, version, created_at,
       updated_at
  FROM added;

-- name: become_member
WITH changed AS (
  UPDATE operator SET open_operator_id = %(open_operator_id)s, guest_of = NULL, version = version + 1, updated_at = %(at)s
   WHERE operator_id = %(operator_id)s AND guest_of IS NOT NULL
  RETURNING *
), kept AS (
  INSERT INTO operator_history (operator_id, version, name, address, open_operator_id, global_operator_id, lei, gln, at, actor)
  SELECT operator_id, version, name, address, open_operator_id, global_operator_id, lei, gln, updated_at, %(actor)s
    FROM changed
)
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, version, created_at,
       updated_at
  FROM changed;

-- name: change_operator
-- A company's record as it shall be, with its history. in: the columns, expected integer; out: the record, or no row: stale
WITH changed AS (
  UPDATE operator
     SET name = %(name)s, search_name = %(search_name)s, address = %(address)s,
         global_operator_id = %(global_operator_id)s, lei = %(lei)s, gln = %(gln)s,
         version = version + 1, updated_at = %(at)s
   WHERE operator_id = %(operator_id)s AND version = %(expected)s
  RETURNING *
), kept AS (
  INSERT INTO operator_history (operator_id, version, name, address, open_operator_id, global_operator_id, lei, gln, at, actor)
  SELECT operator_id, version, name, address, open_operator_id, global_operator_id, lei, gln, updated_at, %(actor)s
    FROM changed
)
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, version, created_at,
       updated_at
  FROM changed;

-- name: note_proof
-- Who a company is was proved; under identity's role. in: operator_id uuid, proof text, at timestamptz
UPDATE operator SET proof = %(proof)s, proved_at = %(at)s WHERE operator_id = %(operator_id)s;

-- name: operator
-- One company's own record. in: operator_id uuid; out: the record
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, version, created_at,
       updated_at
  FROM operator
 WHERE operator_id = %(operator_id)s;

-- name: operator_versions
-- A company's record through time, newest first. in: operator_id uuid, before integer, rows integer; out: versions
SELECT version, name, address, open_operator_id, global_operator_id, lei, gln, at, actor
  FROM operator_history
 WHERE operator_id = %(operator_id)s AND version <= %(before)s
 ORDER BY version DESC
 LIMIT %(rows)s;

-- name: operator_by_open_id
-- The company with this public number. in: open_operator_id text; out: the directory's fields
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at
  FROM operator
 WHERE open_operator_id = %(open_operator_id)s;

-- name: operator_with_global_id
-- Who has this global id. in: global_operator_id text; out: operator_id
SELECT operator_id FROM operator WHERE global_operator_id = %(global_operator_id)s;

-- name: operators_with_gln
-- Members that state this Global Location Number, the one that joined first before the others. in: gln text; out: operator_id
SELECT operator_id FROM operator WHERE gln = %(gln)s AND guest_of IS NULL ORDER BY created_at, operator_id LIMIT 10;

-- name: operators_by_ids
-- Companies by id, in no order. in: operator_ids uuid[]; out: the directory's fields
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at
  FROM operator
 WHERE operator_id = ANY(%(operator_ids)s::uuid[]);

-- name: everybody
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at
  FROM operator WHERE guest_of IS NULL ORDER BY search_name COLLATE "C", operator_id;

-- name: directory_beginnings
-- Companies whose name begins with a text, or one of whose identifiers is exactly it while the name has it nowhere.
-- in: text, beyond text (folded; `beyond` sorts after all that begins so), exact text, search_name text, after uuid (the first
-- row wanted), rows integer
SELECT * FROM (
  (SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, 0 AS rank, search_name
     FROM operator
    WHERE search_name COLLATE "C" >= %(text)s AND search_name COLLATE "C" < %(beyond)s
      AND (search_name COLLATE "C", operator_id) >= (%(search_name)s::text COLLATE "C", %(after)s::uuid)
    ORDER BY search_name COLLATE "C", operator_id
    LIMIT %(rows)s)
  UNION ALL
  (SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, 0, search_name
     FROM operator
    WHERE (open_operator_id = %(exact)s OR global_operator_id = %(exact)s OR lei = %(exact)s OR gln = %(exact)s)
      AND strpos(search_name, %(text)s) = 0
      AND (search_name COLLATE "C", operator_id) >= (%(search_name)s::text COLLATE "C", %(after)s::uuid))
) AS found
 ORDER BY search_name COLLATE "C", operator_id
 LIMIT %(rows)s;

-- name: directory_holders
-- Companies whose name has a text further inside, once for each place where it stands, in no order.
-- in: start, beyond text (folded, at most 32 characters), most integer
SELECT operator_id FROM operator_name_part WHERE part >= %(start)s AND part < %(beyond)s LIMIT %(most)s;

-- name: directory_insides
-- Companies whose name contains a text but does not begin with it, among those that may.
-- in: text text (folded), holders uuid[], search_name text, after uuid (the first row wanted), rows integer
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, 1 AS rank, search_name
  FROM operator
 WHERE operator_id = ANY(%(holders)s::uuid[])
   AND (search_name COLLATE "C", operator_id) >= (%(search_name)s::text COLLATE "C", %(after)s::uuid)
   AND strpos(search_name, %(text)s) > 1
 ORDER BY search_name COLLATE "C", operator_id
 LIMIT %(rows)s;

-- name: directory_walk
-- The same along the names of all: a query of its own, for it is to be planned otherwise.
SELECT operator_id, name, address, open_operator_id, global_operator_id, lei, gln, synthetic, proof, proved_at, 1 AS rank, search_name
  FROM operator
 WHERE (search_name COLLATE "C", operator_id) >= (%(search_name)s::text COLLATE "C", %(after)s::uuid)
   AND strpos(search_name, %(text)s) > 1
 ORDER BY search_name COLLATE "C", operator_id
 LIMIT %(rows)s;

-- name: settings
-- A company's own switches. in: operator_id uuid; out: the switches, or no row: never set
SELECT auto_disclose, least_proof, version FROM operator_setting WHERE operator_id = %(operator_id)s;

-- name: save_settings
-- in: operator_id uuid, auto_disclose boolean, least_proof text
INSERT INTO operator_setting (operator_id, auto_disclose, least_proof)
VALUES (%(operator_id)s, %(auto_disclose)s, %(least_proof)s)
ON CONFLICT (operator_id) DO UPDATE SET auto_disclose = excluded.auto_disclose, least_proof = excluded.least_proof,
  version = operator_setting.version + 1;

-- name: add_plant
-- A new plant, with the first version of its history. in: the columns, actor text; out: the plant
WITH added AS (
  INSERT INTO plant (operator_id, plant_id, name, address, open_plant_id, global_plant_id, gln, created_at, updated_at)
  VALUES (%(operator_id)s, %(plant_id)s, %(name)s, %(address)s, %(open_plant_id)s, %(global_plant_id)s, %(gln)s,
          %(at)s, %(at)s)
  RETURNING *
), kept AS (
  INSERT INTO plant_history (operator_id, plant_id, version, name, address, open_plant_id, global_plant_id, gln, at, actor)
  SELECT operator_id, plant_id, version, name, address, open_plant_id, global_plant_id, gln, updated_at, %(actor)s FROM added
)
SELECT plant_id, operator_id, name, address, open_plant_id, global_plant_id, gln, version, created_at, updated_at FROM added;

-- name: change_plant
-- A plant as it shall be, with its history. in: the columns, expected integer; out: the plant, or no row: stale
WITH changed AS (
  UPDATE plant
     SET name = %(name)s, address = %(address)s, open_plant_id = %(open_plant_id)s,
         global_plant_id = %(global_plant_id)s, gln = %(gln)s, version = version + 1, updated_at = %(at)s
   WHERE operator_id = %(operator_id)s AND plant_id = %(plant_id)s AND version = %(expected)s
  RETURNING *
), kept AS (
  INSERT INTO plant_history (operator_id, plant_id, version, name, address, open_plant_id, global_plant_id, gln, at, actor)
  SELECT operator_id, plant_id, version, name, address, open_plant_id, global_plant_id, gln, updated_at, %(actor)s FROM changed
)
SELECT plant_id, operator_id, name, address, open_plant_id, global_plant_id, gln, version, created_at, updated_at FROM changed;

-- name: plant
-- One plant of the operator. in: operator_id uuid, plant_id uuid; out: the plant
SELECT plant_id, operator_id, name, address, open_plant_id, global_plant_id, gln, version, created_at, updated_at
  FROM plant
 WHERE operator_id = %(operator_id)s AND plant_id = %(plant_id)s;

-- name: plants
-- The operator's plants, oldest first. in: operator_id uuid, created_at timestamptz or null, after uuid or null, rows integer or null
SELECT plant_id, operator_id, name, address, open_plant_id, global_plant_id, gln, version, created_at, updated_at
  FROM plant
 WHERE operator_id = %(operator_id)s
   AND (%(after)s::uuid IS NULL OR (created_at, plant_id) >= (%(created_at)s::timestamptz, %(after)s::uuid))
 ORDER BY created_at, plant_id
 LIMIT %(rows)s::integer;

-- name: plants_known
-- Which of these are plants of the operator. in: operator_id uuid, plant_ids uuid[]; out: plant_id
SELECT plant_id FROM plant WHERE operator_id = %(operator_id)s AND plant_id = ANY(%(plant_ids)s::uuid[]);

-- name: plants_taken
-- Which other plant of the operator has the public or the global id. in: operator_id, plant_id, open_plant_id, global_plant_id
-- out: same_open boolean, same_global boolean
SELECT coalesce(bool_or(open_plant_id = %(open_plant_id)s), false) AS same_open,
       coalesce(bool_or(global_plant_id = %(global_plant_id)s), false) AS same_global
  FROM plant
 WHERE operator_id = %(operator_id)s AND plant_id <> %(plant_id)s
   AND (open_plant_id = %(open_plant_id)s OR global_plant_id = %(global_plant_id)s);

-- name: plant_versions
-- A plant through time, newest first. in: operator_id, plant_id uuid, before integer, rows integer; out: versions
SELECT version, name, address, open_plant_id, global_plant_id, gln, at, actor
  FROM plant_history
 WHERE operator_id = %(operator_id)s AND plant_id = %(plant_id)s AND version <= %(before)s
 ORDER BY version DESC
 LIMIT %(rows)s;

-- name: clear_plants
-- Empties trial companies' plants; the history stays. in: operator_ids uuid[]
DELETE FROM plant WHERE operator_id = ANY(%(operator_ids)s::uuid[]);

-- name: grants_of_pair
-- All decisions about one part and one company. in: operator_id, trace_id, to_operator_id uuid; out: grants
SELECT trace_id, to_operator_id, item_group, released, since, actor, reason, version
  FROM disclosure_grant
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND to_operator_id = %(to_operator_id)s
 ORDER BY item_group COLLATE "C";

-- name: grants_of_parts
-- All decisions about these parts. in: operator_id uuid, trace_ids uuid[]; out: grants by part, company and group
SELECT trace_id, to_operator_id, item_group, released, since, actor, reason, version
  FROM disclosure_grant
 WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(trace_ids)s::uuid[])
 ORDER BY trace_id, to_operator_id, item_group COLLATE "C";

-- name: released
-- The open groups of many (owner, part, reader). in: owners uuid[], trace_ids uuid[], readers uuid[], side by side
-- out: operator_id, trace_id, to_operator_id, item_group
-- Each is looked up by itself and by its part (OFFSET 0, IS TRUE): else, before the table is analysed, an import reads all that
-- one customer has been opened, again for every some rows.
SELECT asked.operator_id, asked.trace_id, asked.to_operator_id, g.item_group
  FROM unnest(%(owners)s::uuid[], %(trace_ids)s::uuid[], %(readers)s::uuid[]) AS asked (operator_id, trace_id, to_operator_id)
 CROSS JOIN LATERAL (
   SELECT item_group FROM disclosure_grant
    WHERE operator_id = asked.operator_id AND trace_id = asked.trace_id AND (to_operator_id = asked.to_operator_id) IS TRUE AND released
   OFFSET 0
 ) AS g;

-- name: open_below
-- The own pairs with something open, of companies whose identity was proved in one of these ways. in: operator_id, proofs text[]
SELECT DISTINCT trace_id, to_operator_id
  FROM disclosure_grant LEFT JOIN operator ON operator.operator_id = to_operator_id
 WHERE disclosure_grant.operator_id = %(operator_id)s AND released
   AND coalesce(proof, 'self_declared') = ANY(%(proofs)s::text[])
 ORDER BY trace_id, to_operator_id;

-- name: opened_since
-- Run across. in: item_group text, since timestamptz, owner uuid or null (all)
SELECT operator_id, trace_id, to_operator_id FROM disclosure_grant
 WHERE item_group = %(item_group)s AND released AND since >= %(since)s
   AND (%(owner)s::uuid IS NULL OR operator_id = %(owner)s)
 ORDER BY since DESC;

-- name: save_grants
-- The same decisions about each of some pairs, with their history.
-- in: trace_ids uuid[] and to_operator_ids uuid[] side by side, item_groups text[], flags boolean[], at, actor, reason
WITH next AS (
  SELECT trace_id, to_operator_id, (
    SELECT coalesce(max(h.version), 0) + 1 FROM disclosure_history h
     WHERE h.operator_id = %(operator_id)s AND h.trace_id = pair.trace_id AND h.to_operator_id = pair.to_operator_id
  ) AS version
    FROM unnest(%(trace_ids)s::uuid[], %(to_operator_ids)s::uuid[]) AS pair (trace_id, to_operator_id)
), saved AS (
  INSERT INTO disclosure_grant (operator_id, trace_id, to_operator_id, item_group, released, since, actor, reason, version)
  SELECT %(operator_id)s, trace_id, to_operator_id, item_group, flag, %(at)s, %(actor)s, %(reason)s, version
    FROM next, unnest(%(item_groups)s::text[], %(flags)s::boolean[]) AS said (item_group, flag)
  ON CONFLICT (operator_id, trace_id, to_operator_id, item_group) DO UPDATE
     SET released = excluded.released, since = excluded.since, actor = excluded.actor,
         reason = excluded.reason, version = excluded.version
  RETURNING *
)
INSERT INTO disclosure_history (operator_id, trace_id, to_operator_id, version, item_group, released, at, actor, reason)
SELECT operator_id, trace_id, to_operator_id, version, item_group, released, since, actor, reason FROM saved;

-- name: withdraw_grants
-- What was open for one pair is no longer decided; what was closed on purpose stays closed. in: the pair, at, actor, reason
WITH next AS (
  SELECT coalesce(max(version), 0) + 1 AS version FROM disclosure_history
   WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND to_operator_id = %(to_operator_id)s
), kept AS (
  UPDATE disclosure_grant SET version = next.version FROM next
   WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND to_operator_id = %(to_operator_id)s AND NOT released
), withdrawn AS (
  DELETE FROM disclosure_grant
   WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND to_operator_id = %(to_operator_id)s AND released
  RETURNING *
)
INSERT INTO disclosure_history (operator_id, trace_id, to_operator_id, version, item_group, released, at, actor, reason)
SELECT operator_id, trace_id, to_operator_id, next.version, item_group, NULL, %(at)s, %(actor)s, %(reason)s
  FROM withdrawn, next;

-- name: guests_among
-- Which of these answer without an account. in: operator_ids uuid[]
SELECT operator_id FROM operator WHERE operator_id = ANY(%(operator_ids)s::uuid[]) AND guest_of IS NOT NULL;

-- name: pairs_page
-- Who sees what, by the company's name. in: operator_id; to_operator_id, trace_id uuid or null; open_only boolean;
-- search_name text or null, to uuid, trace uuid (the first row wanted); rows integer
-- out: trace_id, to_operator_id, to_name, to_open_operator_id, search_name
SELECT trace_id, to_operator_id, coalesce(name, '') AS to_name, open_operator_id AS to_open_operator_id,
       coalesce(search_name, '') AS search_name
  FROM (SELECT trace_id, to_operator_id, bool_or(released) AS any_released
          FROM disclosure_grant
         WHERE operator_id = %(operator_id)s
           AND (%(to_operator_id)s::uuid IS NULL OR to_operator_id = %(to_operator_id)s)
           AND (%(trace_id)s::uuid IS NULL OR trace_id = %(trace_id)s)
         GROUP BY trace_id, to_operator_id) AS pair
  LEFT JOIN operator ON operator.operator_id = pair.to_operator_id
 WHERE (any_released OR NOT %(open_only)s)
   AND (%(search_name)s::text IS NULL
        OR (coalesce(search_name, '') COLLATE "C", to_operator_id, trace_id)
           >= (%(search_name)s::text COLLATE "C", %(to)s::uuid, %(trace)s::uuid))
 ORDER BY coalesce(search_name, '') COLLATE "C", to_operator_id, trace_id
 LIMIT %(rows)s;

-- name: grants_of_pairs
-- All decisions about these pairs. in: operator_id uuid, trace_ids uuid[], readers uuid[], side by side; out: grants
SELECT g.trace_id, g.to_operator_id, g.item_group, g.released, g.since, g.actor, g.reason, g.version
  FROM unnest(%(trace_ids)s::uuid[], %(readers)s::uuid[]) AS asked (trace_id, to_operator_id)
 CROSS JOIN LATERAL (
   SELECT * FROM disclosure_grant
    WHERE operator_id = %(operator_id)s AND trace_id = asked.trace_id AND (to_operator_id = asked.to_operator_id) IS TRUE
   OFFSET 0
 ) AS g
 ORDER BY g.item_group COLLATE "C";

-- name: disclosure_versions
-- The life of one pair, newest first. in: the pair; version integer, item_group text (the first row wanted); rows; out: versions
SELECT trace_id, to_operator_id, item_group, released, version, at, actor, reason
  FROM disclosure_history
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND to_operator_id = %(to_operator_id)s
   AND (version < %(version)s OR version = %(version)s AND item_group COLLATE "C" >= %(item_group)s)
 ORDER BY version DESC, item_group COLLATE "C"
 LIMIT %(rows)s;

-- name: clear_disclosures
-- Empties trial companies' disclosures; the history says so. in: operator_ids uuid[], at, actor, reason
WITH withdrawn AS (
  DELETE FROM disclosure_grant WHERE operator_id = ANY(%(operator_ids)s::uuid[]) RETURNING *
), latest AS (
  SELECT operator_id, trace_id, to_operator_id, max(version) AS version
    FROM disclosure_history
   WHERE operator_id = ANY(%(operator_ids)s::uuid[])
   GROUP BY operator_id, trace_id, to_operator_id
)
INSERT INTO disclosure_history (operator_id, trace_id, to_operator_id, version, item_group, released, at, actor, reason)
SELECT operator_id, trace_id, to_operator_id, latest.version + 1, item_group, NULL, %(at)s, %(actor)s, %(reason)s
  FROM withdrawn JOIN latest USING (operator_id, trace_id, to_operator_id);

-- name: add_notifications
-- Tells many companies at once. in: arrays side by side, at timestamptz
INSERT INTO notification (operator_id, notification_id, type, family, from_operator_id, trade_id, request_id,
                          downstream_operator_id, upstream_operator_id, downstream_trace_id, upstream_trace_id, notified_at)
SELECT *, %(at)s
  FROM unnest(%(receivers)s::uuid[], %(notification_ids)s::uuid[], %(types)s::text[], %(families)s::text[],
              %(senders)s::uuid[], %(trade_ids)s::uuid[], %(request_ids)s::uuid[], %(downstream_operator_ids)s::uuid[],
              %(upstream_operator_ids)s::uuid[], %(downstream_trace_ids)s::uuid[], %(upstream_trace_ids)s::uuid[]);

-- name: notification
-- One notification. in: operator_id, notification_id uuid; out: the notification
SELECT notification_id, operator_id, type, family, from_operator_id, trade_id, request_id, downstream_operator_id,
       upstream_operator_id, downstream_trace_id, upstream_trace_id, notified_at, read_at
  FROM notification
 WHERE operator_id = %(operator_id)s AND notification_id = %(notification_id)s;

-- name: notifications
-- What the operator was told, newest first. in: operator_id; the filter (null: any); at timestamptz, after uuid (the first
-- row wanted; null: from the newest); rows integer; out: notifications
SELECT notification_id, operator_id, type, family, from_operator_id, trade_id, request_id, downstream_operator_id,
       upstream_operator_id, downstream_trace_id, upstream_trace_id, notified_at, read_at
  FROM notification
 WHERE operator_id = %(operator_id)s
   AND (%(notified_from)s::timestamptz IS NULL OR notified_at >= %(notified_from)s)
   AND (%(notified_to)s::timestamptz IS NULL OR notified_at <= %(notified_to)s)
   AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s))
   AND (%(families)s::text[] IS NULL OR family = ANY(%(families)s))
   AND (read_at IS NULL OR NOT %(unread_only)s)
   AND (%(after)s::uuid IS NULL OR (notified_at, notification_id) <= (%(after_at)s::timestamptz, %(after)s::uuid))
 ORDER BY notified_at DESC, notification_id DESC
 LIMIT %(rows)s;

-- name: told_since
SELECT DISTINCT operator_id FROM notification WHERE notified_at >= %(since)s ORDER BY operator_id;

-- name: senders_since
-- Run across. in: types text[], since timestamptz
SELECT DISTINCT from_operator_id FROM notification
 WHERE notified_at >= %(since)s AND type = ANY(%(types)s::text[]) ORDER BY from_operator_id;

-- name: relations_told_by
-- Run across. in: sender uuid, types text[], since timestamptz, rows int
SELECT trade_id, request_id, downstream_operator_id, upstream_operator_id, downstream_trace_id, upstream_trace_id
  FROM notification
 WHERE notified_at >= %(since)s AND type = ANY(%(types)s::text[]) AND from_operator_id = %(sender)s
 ORDER BY notified_at DESC LIMIT %(rows)s;

-- name: unread
-- How many notifications the operator has not read. in: operator_id uuid; out: count
SELECT count(*) FROM notification WHERE operator_id = %(operator_id)s AND read_at IS NULL;

-- name: mark_read
-- Marks some as read; those read before keep their moment. in: operator_id uuid, notification_ids uuid[], at; rows: newly read
UPDATE notification SET read_at = %(at)s
 WHERE operator_id = %(operator_id)s AND notification_id = ANY(%(notification_ids)s::uuid[]) AND read_at IS NULL;

-- name: mark_all_read
-- Marks all as read that were there at a moment. in: operator_id uuid, up_to, at timestamptz; rows: newly read
UPDATE notification SET read_at = %(at)s
 WHERE operator_id = %(operator_id)s AND read_at IS NULL AND notified_at <= %(up_to)s;

-- name: clear_notifications
-- Empties trial companies' notifications. in: operator_ids uuid[]
DELETE FROM notification WHERE operator_id = ANY(%(operator_ids)s::uuid[]);
