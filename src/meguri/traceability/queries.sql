-- name: graph_operators
-- Every operator whose parts lie downstream of the given parts (those of the parts included): whom a change may touch.
-- in: operators uuid[], parts uuid[] (pairwise); out: operator_id
WITH RECURSIVE reach (operator_id, trace_id) AS (
  SELECT s.operator_id, s.trace_id FROM unnest(%(operators)s::uuid[], %(parts)s::uuid[]) AS s (operator_id, trace_id)
  UNION
  SELECT e.operator_id, e.trace_id FROM reach r CROSS JOIN LATERAL (
    SELECT l.operator_id, l.parent_id AS trace_id FROM part_link l
     WHERE l.operator_id = r.operator_id AND l.child_id = r.trace_id
    UNION ALL
    SELECT t.partner_id, t.downstream_trace_id FROM trade_half t
     WHERE t.operator_id = r.operator_id AND t.upstream_trace_id = r.trace_id AND t.side = 'up'
       AND t.state IN ('NOT_COMPLETED', 'COMPLETED')
  ) e
)
SELECT DISTINCT operator_id FROM reach ORDER BY operator_id;

-- name: lock_operators
-- One writer at a time per operator's graph; the caller gives the operators in order.
SELECT count(pg_advisory_xact_lock(hashtextextended('meguri.graph.' || o.id::text, 0)))
  FROM (SELECT id FROM unnest(%(operators)s::uuid[]) WITH ORDINALITY AS u (id, place) ORDER BY place) o;

-- name: try_lock_operators
SELECT bool_and(pg_try_advisory_xact_lock(hashtextextended('meguri.graph.' || id::text, 0)))
  FROM unnest(%(operators)s::uuid[]) AS u (id);

-- name: downstream_edges
-- Every step downstream of the given parts: into a structure (amount set) or over a request (trade_id set).
-- in: operators uuid[], parts uuid[] (pairwise), request_type text
WITH RECURSIVE reach (operator_id, trace_id) AS (
  SELECT s.operator_id, s.trace_id FROM unnest(%(operators)s::uuid[], %(parts)s::uuid[]) AS s (operator_id, trace_id)
  UNION
  SELECT e.operator_id, e.trace_id FROM reach r CROSS JOIN LATERAL (
    SELECT l.operator_id, l.parent_id AS trace_id FROM part_link l
     WHERE l.operator_id = r.operator_id AND l.child_id = r.trace_id
    UNION ALL
    SELECT t.partner_id, t.downstream_trace_id FROM trade_half t
     WHERE t.operator_id = r.operator_id AND t.upstream_trace_id = r.trace_id AND t.side = 'up'
       AND t.request_type = %(request_type)s AND t.state IN ('NOT_COMPLETED', 'COMPLETED')
  ) e
)
SELECT r.operator_id, r.trace_id, e.operator_id AS to_operator_id, e.trace_id AS to_trace_id, e.amount, e.trade_id
  FROM reach r CROSS JOIN LATERAL (
    SELECT l.operator_id, l.parent_id AS trace_id, l.amount, NULL::uuid AS trade_id FROM part_link l
     WHERE l.operator_id = r.operator_id AND l.child_id = r.trace_id
    UNION ALL
    SELECT t.partner_id, t.downstream_trace_id, NULL, t.trade_id FROM trade_half t
     WHERE t.operator_id = r.operator_id AND t.upstream_trace_id = r.trace_id AND t.side = 'up'
       AND t.request_type = %(request_type)s AND t.state IN ('NOT_COMPLETED', 'COMPLETED')
  ) e;

-- name: reaches
-- Whether a part lies downstream of another, over structures and live requests of every kind.
WITH RECURSIVE reach (operator_id, trace_id) AS (
  SELECT %(operator_id)s::uuid, %(trace_id)s::uuid
  UNION
  SELECT e.operator_id, e.trace_id FROM reach r CROSS JOIN LATERAL (
    SELECT l.operator_id, l.parent_id AS trace_id FROM part_link l
     WHERE l.operator_id = r.operator_id AND l.child_id = r.trace_id
    UNION ALL
    SELECT t.partner_id, t.downstream_trace_id FROM trade_half t
     WHERE t.operator_id = r.operator_id AND t.upstream_trace_id = r.trace_id AND t.side = 'up'
       AND t.state IN ('NOT_COMPLETED', 'COMPLETED')
  ) e
)
SELECT EXISTS (SELECT 1 FROM reach WHERE trace_id = ANY(%(wanted)s::uuid[]));

-- name: inhouse_below
-- Everything inside the given parts, down to where the operator buys or ends: one row per part, with the live
-- request on it. in: operators uuid[], parts uuid[] (pairwise), request_type text
WITH RECURSIVE below (operator_id, trace_id) AS (
  SELECT s.operator_id, s.trace_id FROM unnest(%(operators)s::uuid[], %(parts)s::uuid[]) AS s (operator_id, trace_id)
  UNION
  SELECT l.operator_id, l.child_id FROM below b
    JOIN part_link l ON l.operator_id = b.operator_id AND l.parent_id = b.trace_id
)
SELECT b.operator_id, b.trace_id, p.terminated,
       ARRAY(SELECT l.child_id FROM part_link l WHERE l.operator_id = b.operator_id AND l.parent_id = b.trace_id) AS children,
       EXISTS (SELECT 1 FROM part_answer a WHERE a.operator_id = b.operator_id AND a.trace_id = b.trace_id
                AND a.request_type = %(request_type)s) AS answered,
       t.trade_id
  FROM below b
  JOIN part p ON p.operator_id = b.operator_id AND p.trace_id = b.trace_id
  LEFT JOIN trade_half t ON t.operator_id = b.operator_id AND t.downstream_trace_id = b.trace_id AND t.side = 'down'
       AND t.request_type = %(request_type)s AND t.state IN ('NOT_COMPLETED', 'COMPLETED');

-- name: trade_states
-- The customer's halves of these requests, with what a recomputation may change.
SELECT trade_id, operator_id AS downstream_operator_id, partner_id AS upstream_operator_id, request_id,
       downstream_trace_id, upstream_trace_id, state, tree_terminated, completed_count, trades_count
  FROM trade_half WHERE trade_id = ANY(%(trades)s::uuid[]) AND side = 'down';

-- name: save_trade_states
-- Writes recomputed states on both halves; a count's time moves only when the count does.
UPDATE trade_half t
   SET state = s.state, tree_terminated = s.tree_terminated,
       completed_count = s.completed_count, trades_count = s.trades_count,
       completed_count_at = CASE WHEN t.completed_count <> s.completed_count THEN %(now)s ELSE t.completed_count_at END,
       trades_count_at = CASE WHEN t.trades_count <> s.trades_count THEN %(now)s ELSE t.trades_count_at END,
       completed_at = CASE WHEN s.state = 'COMPLETED' THEN coalesce(t.completed_at, %(now)s) END,
       version = t.version + 1
  FROM unnest(%(trades)s::uuid[], %(states)s::text[], %(terminated)s::boolean[], %(completed)s::int[], %(counts)s::int[])
       AS s (trade_id, state, tree_terminated, completed_count, trades_count)
 WHERE t.trade_id = s.trade_id;

-- name: part_by_id
SELECT * FROM part WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: part_exists
SELECT EXISTS (SELECT 1 FROM part WHERE trace_id = %(trace_id)s);

-- name: parts_by_ids
SELECT * FROM part WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(trace_ids)s::uuid[]);

-- name: parts_by_identity
-- in: plants uuid[], names text[], support_names text[] (pairwise). Locks the rows found.
SELECT p.* FROM part p
  JOIN unnest(%(plants)s::uuid[], %(names)s::text[], %(support_names)s::text[]) AS w (plant_id, name, support_name)
    ON p.plant_id = w.plant_id AND p.name = w.name AND p.support_name = w.support_name
 WHERE p.operator_id = %(operator_id)s;

-- name: insert_parts
INSERT INTO part (operator_id, trace_id, plant_id, name, support_name, label, info1, info2, info3, unit, terminated,
                  is_parent, version, created_at, updated_at)
SELECT %(operator_id)s, w.trace_id, w.plant_id, w.name, w.support_name, w.label, w.info1, w.info2, w.info3, w.unit,
       w.terminated, w.is_parent, 1, w.created_at, w.created_at
  FROM unnest(%(trace_ids)s::uuid[], %(plants)s::uuid[], %(names)s::text[], %(support_names)s::text[], %(labels)s::text[],
              %(info1)s::text[], %(info2)s::text[], %(info3)s::text[], %(units)s::text[], %(terminated)s::boolean[],
              %(is_parent)s::boolean[], %(created_at)s::timestamptz[])
       AS w (trace_id, plant_id, name, support_name, label, info1, info2, info3, unit, terminated, is_parent, created_at);

-- name: update_parts
UPDATE part p SET label = w.label, info1 = w.info1, info2 = w.info2, info3 = w.info3, unit = w.unit,
       terminated = w.terminated, is_parent = w.is_parent, version = p.version + 1, updated_at = w.updated_at
  FROM unnest(%(trace_ids)s::uuid[], %(labels)s::text[], %(info1)s::text[], %(info2)s::text[], %(info3)s::text[],
              %(units)s::text[], %(terminated)s::boolean[], %(is_parent)s::boolean[], %(updated_at)s::timestamptz[])
       AS w (trace_id, label, info1, info2, info3, unit, terminated, is_parent, updated_at)
 WHERE p.operator_id = %(operator_id)s AND p.trace_id = w.trace_id;

-- name: touch_part
UPDATE part SET version = version + 1, updated_at = %(now)s WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: delete_part
DELETE FROM part WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s;

-- name: list_parts
-- Own parts by name (code points), from `after` (that part included) on. NULL filters are open.
SELECT * FROM part p
 WHERE p.operator_id = %(operator_id)s
   AND (%(trace_id)s::uuid IS NULL OR p.trace_id = %(trace_id)s)
   AND (%(name)s::text IS NULL OR p.name = %(name)s)
   AND (%(contains)s::text IS NULL OR position(lower(%(contains)s) IN lower(p.name || ' ' || p.support_name || ' ' || coalesce(p.label, ''))) > 0)
   AND (%(plant_id)s::uuid IS NULL OR p.plant_id = %(plant_id)s)
   AND (%(is_parent)s::boolean IS NULL OR p.is_parent = %(is_parent)s)
   AND (%(after)s::uuid IS NULL
        OR (p.name COLLATE "C", p.support_name COLLATE "C", p.plant_id, p.trace_id) >=
           (SELECT a.name COLLATE "C", a.support_name COLLATE "C", a.plant_id, a.trace_id FROM part a
             WHERE a.operator_id = %(operator_id)s AND a.trace_id = %(after)s))
 ORDER BY p.name COLLATE "C", p.support_name COLLATE "C", p.plant_id, p.trace_id
 LIMIT %(limit)s;

-- name: links_of_parents
SELECT parent_id, child_id, amount FROM part_link
 WHERE operator_id = %(operator_id)s AND parent_id = ANY(%(parents)s::uuid[]) ORDER BY parent_id, position;

-- name: links_of_children
SELECT parent_id, child_id, amount FROM part_link
 WHERE operator_id = %(operator_id)s AND child_id = ANY(%(children)s::uuid[]) ORDER BY child_id, parent_id;

-- name: clear_links
DELETE FROM part_link WHERE operator_id = %(operator_id)s AND parent_id = %(parent_id)s;

-- name: insert_links
INSERT INTO part_link (operator_id, parent_id, child_id, position, amount)
SELECT %(operator_id)s, %(parent_id)s, w.child_id, w.position, w.amount
  FROM unnest(%(children)s::uuid[], %(amounts)s::numeric[]) WITH ORDINALITY AS w (child_id, amount, position);

-- name: live_trades_on
-- Live or returned-and-still-shown requests that have one of these parts at either end.
SELECT * FROM trade_half
 WHERE operator_id = %(operator_id)s
   AND ((side = 'down' AND downstream_trace_id = ANY(%(trace_ids)s::uuid[]))
     OR (side = 'up' AND upstream_trace_id = ANY(%(trace_ids)s::uuid[])))
   AND (state IN ('NOT_COMPLETED', 'COMPLETED') OR (state = 'REJECT' AND side = 'down' AND visible));

-- name: answered_parts
SELECT trace_id FROM part_answer
 WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(trace_ids)s::uuid[]) AND request_type = %(request_type)s;

-- name: set_answered
INSERT INTO part_answer (operator_id, trace_id, request_type, answered_at)
VALUES (%(operator_id)s, %(trace_id)s, %(request_type)s, %(now)s) ON CONFLICT DO NOTHING;

-- name: set_many_answered
INSERT INTO part_answer (operator_id, trace_id, request_type, answered_at)
SELECT %(operator_id)s, trace_id, %(request_type)s, %(now)s FROM unnest(%(trace_ids)s::uuid[]) AS t (trace_id)
ON CONFLICT DO NOTHING RETURNING trace_id;

-- name: clear_answered
DELETE FROM part_answer WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s
   AND (%(request_type)s::text IS NULL OR request_type = %(request_type)s);

-- name: insert_trade_halves
INSERT INTO trade_half (operator_id, side, trade_id, request_id, partner_id, downstream_trace_id, request_type, state,
                        completed_count_at, trades_count_at, message, due_date, requested_part, requested_unit, created_at)
VALUES (%(downstream)s, 'down', %(trade_id)s, %(request_id)s, %(upstream)s, %(trace_id)s, %(request_type)s, 'NOT_COMPLETED',
        %(now)s, %(now)s, %(message)s, %(due_date)s, NULL, %(unit)s, %(now)s),
       (%(upstream)s, 'up', %(trade_id)s, %(request_id)s, %(downstream)s, %(trace_id)s, %(request_type)s, 'NOT_COMPLETED',
        %(now)s, %(now)s, %(message)s, %(due_date)s, %(part)s::jsonb, %(unit)s, %(now)s);

-- name: trade_half
-- One request as this operator's halves show it (both, should one operator ever be on both sides).
SELECT * FROM trade_half
 WHERE operator_id = %(operator_id)s AND visible
   AND (%(trade_id)s::uuid IS NULL OR trade_id = %(trade_id)s)
   AND (%(request_id)s::uuid IS NULL OR request_id = %(request_id)s);

-- name: trade_halves
-- Many requests as this operator's halves show them.
SELECT * FROM trade_half WHERE operator_id = %(operator_id)s AND visible AND request_id = ANY(%(request_ids)s::uuid[]);

-- name: link_trades
UPDATE trade_half t SET upstream_trace_id = w.trace_id, version = t.version + 1
  FROM unnest(%(trade_ids)s::uuid[], %(trace_ids)s::uuid[]) AS w (trade_id, trace_id)
 WHERE t.trade_id = w.trade_id;

-- name: amend_trade
UPDATE trade_half SET message = %(message)s, due_date = %(due_date)s, version = version + 1 WHERE trade_id = %(trade_id)s;

-- name: link_trade
UPDATE trade_half SET upstream_trace_id = %(trace_id)s, version = version + 1 WHERE trade_id = %(trade_id)s;

-- name: close_trade
-- Returned or withdrawn: the link is cleared, counts fall to nothing.
UPDATE trade_half
   SET state = %(state)s, visible = (%(state)s = 'REJECT'), upstream_trace_id = NULL, tree_terminated = false,
       completed_count_at = CASE WHEN completed_count <> 0 THEN %(now)s ELSE completed_count_at END,
       trades_count_at = CASE WHEN trades_count <> 0 THEN %(now)s ELSE trades_count_at END,
       completed_count = 0, trades_count = 0, completed_at = NULL, closed_at = %(now)s,
       reply_message = CASE WHEN %(state)s = 'REJECT' THEN %(reply_message)s ELSE reply_message END,
       version = version + 1
 WHERE trade_id = %(trade_id)s;

-- name: hide_superseded
-- A returned request that is asked anew disappears for the customer; the supplier keeps it.
UPDATE trade_half SET visible = false, version = version + 1
 WHERE operator_id = %(operator_id)s AND side = 'down' AND downstream_trace_id = %(trace_id)s
   AND request_type = %(request_type)s AND state = 'REJECT' AND visible;

-- name: set_reply
UPDATE trade_half SET reply_message = %(reply_message)s, version = version + 1 WHERE trade_id = %(trade_id)s;

-- name: refresh_requested_part
-- The customer changed the part's words: the supplier's halves of its live requests show the new ones.
UPDATE trade_half SET requested_part = %(part)s::jsonb
 WHERE trade_id IN (SELECT trade_id FROM trade_half WHERE operator_id = %(operator_id)s AND side = 'down'
                     AND downstream_trace_id = %(trace_id)s)
   AND side = 'up';

-- name: list_trades
-- Requests of one side, newest first, from `after` (that one included) on. `after` is a trade_id.
SELECT * FROM trade_half t
 WHERE t.operator_id = %(operator_id)s AND t.visible
   AND (%(side)s::text IS NULL OR t.side = %(side)s)
   AND t.request_type = ANY(%(request_types)s::text[])
   AND (%(states)s::text[] IS NULL OR t.state = ANY(%(states)s::text[]))
   AND (%(trace_ids)s::uuid[] IS NULL OR t.downstream_trace_id = ANY(%(trace_ids)s::uuid[]))
   AND (%(request_id)s::uuid IS NULL OR t.request_id = %(request_id)s)
   AND (%(after)s::uuid IS NULL OR (t.created_at, t.trade_id) <=
        (SELECT a.created_at, a.trade_id FROM trade_half a
          WHERE a.operator_id = %(operator_id)s AND a.visible AND a.trade_id = %(after)s LIMIT 1))
 ORDER BY t.created_at DESC, t.trade_id DESC
 LIMIT %(limit)s;

-- name: trade_of_cursor
-- The request that a list's cursor means: by request id, or by the customer's part (visible halves only).
SELECT trade_id FROM trade_half
 WHERE operator_id = %(operator_id)s AND visible AND (%(side)s::text IS NULL OR side = %(side)s)
   AND (%(request_id)s::uuid IS NULL OR request_id = %(request_id)s)
   AND (%(downstream_trace_id)s::uuid IS NULL OR downstream_trace_id = %(downstream_trace_id)s)
   AND request_type = ANY(%(request_types)s::text[])
 ORDER BY created_at DESC, trade_id DESC LIMIT 1;

-- name: live_links
-- Which live, linked requests join this operator's part to that customer: id, kind, the customer's part.
SELECT trade_id, request_type, downstream_trace_id FROM trade_half
 WHERE operator_id = %(operator_id)s AND side = 'up' AND upstream_trace_id = %(trace_id)s AND partner_id = %(partner_id)s
   AND state IN ('NOT_COMPLETED', 'COMPLETED');

-- name: live_links_of_pairs
-- The same for many (part, customer): customer, the customer's part.
SELECT DISTINCT t.partner_id, t.downstream_trace_id
  FROM unnest(%(trace_ids)s::uuid[], %(partner_ids)s::uuid[]) AS w (trace_id, partner_id)
  JOIN trade_half t ON t.operator_id = %(operator_id)s AND t.side = 'up' AND t.upstream_trace_id = w.trace_id
   AND t.partner_id = w.partner_id
 WHERE t.state IN ('NOT_COMPLETED', 'COMPLETED');

-- name: steps_of_pairs
-- Run across. Which live, linked requests of one kind join these (part, customer) of an owner, pair by pair.
-- out: the owner's part, the customer, the customer's part, the request
SELECT t.upstream_trace_id, t.partner_id, t.downstream_trace_id, t.trade_id
  FROM unnest(%(trace_ids)s::uuid[], %(partner_ids)s::uuid[]) WITH ORDINALITY AS w (trace_id, partner_id, place)
  JOIN trade_half t ON t.operator_id = %(operator_id)s AND t.side = 'up' AND t.upstream_trace_id = w.trace_id
   AND t.partner_id = w.partner_id
 WHERE t.state IN ('NOT_COMPLETED', 'COMPLETED') AND t.request_type = %(request_type)s
 ORDER BY w.place, t.trade_id;

-- name: trades_of_type_on
-- Live requests of one kind on these parts: the customer's view.
SELECT * FROM trade_half
 WHERE operator_id = %(operator_id)s AND side = 'down' AND downstream_trace_id = ANY(%(trace_ids)s::uuid[])
   AND request_type = %(request_type)s AND state IN ('NOT_COMPLETED', 'COMPLETED');

-- name: keep_history
INSERT INTO traceability_history (operator_id, subject_id, version, subject, at, actor, body)
SELECT %(operator_id)s, w.subject_id, w.version, %(subject)s, %(now)s, %(actor)s, w.body
  FROM unnest(%(subjects)s::uuid[], %(versions)s::int[], %(bodies)s::jsonb[]) AS w (subject_id, version, body);

-- name: history_of
SELECT version, at, actor, body FROM traceability_history
 WHERE operator_id = %(operator_id)s AND subject_id = %(subject_id)s AND (%(before)s::int IS NULL OR version < %(before)s)
 ORDER BY version DESC LIMIT %(limit)s;

-- name: part_kinds
-- What footprint and diligence need to know of parts: does it end the chain, is it made here, which live request is on it.
SELECT p.operator_id, p.trace_id, p.terminated, p.is_parent, p.unit,
       EXISTS (SELECT 1 FROM part_link l WHERE l.operator_id = p.operator_id AND l.parent_id = p.trace_id) AS has_children,
       t.trade_id, t.state
  FROM unnest(%(operators)s::uuid[], %(parts)s::uuid[]) AS w (operator_id, trace_id)
  JOIN part p ON p.operator_id = w.operator_id AND p.trace_id = w.trace_id
  LEFT JOIN trade_half t ON t.operator_id = p.operator_id AND t.downstream_trace_id = p.trace_id AND t.side = 'down'
       AND t.request_type = %(request_type)s AND t.state IN ('NOT_COMPLETED', 'COMPLETED');

-- name: part_counts
SELECT operator_id, count(*) FROM part GROUP BY operator_id;

-- name: count_waiting
SELECT count(*) FILTER (WHERE side = 'up' AND state = 'NOT_COMPLETED') AS to_answer,
       count(*) FILTER (WHERE side = 'down' AND state = 'NOT_COMPLETED') AS waited_for,
       count(*) FILTER (WHERE side = 'down' AND state = 'REJECT') AS returned
  FROM trade_half WHERE operator_id = %(operator_id)s AND visible;

-- name: clear_operators
WITH parts AS (DELETE FROM part WHERE operator_id = ANY(%(operators)s::uuid[])),
     links AS (DELETE FROM part_link WHERE operator_id = ANY(%(operators)s::uuid[])),
     answers AS (DELETE FROM part_answer WHERE operator_id = ANY(%(operators)s::uuid[]))
DELETE FROM trade_half WHERE operator_id = ANY(%(operators)s::uuid[]) OR partner_id = ANY(%(operators)s::uuid[]);

-- name: comments
SELECT comment_id, by_operator_id, author, body, written_at FROM trade_comment
 WHERE operator_id = %(operator_id)s AND trade_id = %(trade_id)s ORDER BY comment_id;

-- name: add_comment
INSERT INTO trade_comment (operator_id, comment_id, trade_id, by_operator_id, author, body, written_at)
SELECT w.operator_id, %(comment_id)s, %(trade_id)s, %(by_operator_id)s, %(author)s, %(body)s, %(written_at)s
  FROM unnest(%(operators)s::uuid[]) AS w (operator_id);

-- name: open_with_due_date
SELECT t.operator_id, t.trade_id, t.request_type, t.due_date, t.created_at,
       ARRAY(SELECT r.days_left FROM trade_reminder r
              WHERE r.operator_id = t.operator_id AND r.trade_id = t.trade_id AND r.due_date = t.due_date) AS reminded
  FROM trade_half t
 WHERE t.side = 'up' AND t.state = 'NOT_COMPLETED' AND t.due_date <= %(until)s
   AND (%(after)s::uuid IS NULL OR t.trade_id > %(after)s)
 ORDER BY t.trade_id LIMIT %(limit)s;

-- name: keep_reminders
INSERT INTO trade_reminder (operator_id, trade_id, due_date, days_left, reminded_at)
SELECT w.operator_id, w.trade_id, w.due_date, w.step, %(now)s
  FROM unnest(%(operators)s::uuid[], %(trades)s::uuid[], %(due_dates)s::date[], %(steps)s::int[])
       AS w (operator_id, trade_id, due_date, step)
ON CONFLICT DO NOTHING;

-- name: flows_between
-- What went another way than plainly, over all companies: kind of flow, when, and when it was resolved (null: not yet).
-- returned: resolved by the answer to a later request on the same part. withdrawn: nothing to resolve.
-- overdue: resolved by the answer. in: since, until timestamptz; out: kind, at, resolved_at
SELECT 'returned' AS kind, t.closed_at AS at,
       (SELECT min(n.completed_at) FROM trade_half n
         WHERE n.operator_id = t.operator_id AND n.side = 'down' AND n.downstream_trace_id = t.downstream_trace_id
           AND n.request_type = t.request_type AND n.created_at >= t.closed_at) AS resolved_at
  FROM trade_half t WHERE t.side = 'down' AND t.state = 'REJECT' AND t.closed_at >= %(since)s AND t.closed_at < %(until)s
UNION ALL
SELECT 'withdrawn', t.closed_at, t.closed_at
  FROM trade_half t WHERE t.side = 'down' AND t.state = 'CANCEL' AND t.closed_at >= %(since)s AND t.closed_at < %(until)s
UNION ALL
SELECT 'overdue', (t.due_date + 1)::timestamp AT TIME ZONE 'UTC', t.completed_at
  FROM trade_half t
 WHERE t.side = 'down' AND t.state IN ('NOT_COMPLETED', 'COMPLETED') AND t.due_date IS NOT NULL
   AND (t.due_date + 1)::timestamp AT TIME ZONE 'UTC' >= %(since)s
   AND (t.due_date + 1)::timestamp AT TIME ZONE 'UTC' < least(%(until)s, %(now)s)
   AND (t.completed_at IS NULL OR t.completed_at >= (t.due_date + 1)::timestamp AT TIME ZONE 'UTC')
UNION ALL
SELECT 'reminded', r.reminded_at,
       (SELECT t.completed_at FROM trade_half t WHERE t.operator_id = r.operator_id AND t.trade_id = r.trade_id AND t.side = 'up')
  FROM trade_reminder r WHERE r.reminded_at >= %(since)s AND r.reminded_at < %(until)s;
