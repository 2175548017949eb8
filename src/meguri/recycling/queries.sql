-- name: lock_site
-- One writer at a time per site's ledger; gives the head of its chain. in: operator_id, site_id, genesis; out: seq, hash
INSERT INTO recycling_ledger_head AS h (operator_id, site_id, seq, hash)
VALUES (%(operator_id)s, %(site_id)s, 0, %(genesis)s)
ON CONFLICT (operator_id, site_id) DO UPDATE SET seq = h.seq
RETURNING seq, hash;

-- name: move_head
UPDATE recycling_ledger_head SET seq = %(seq)s, hash = %(hash)s
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s;

-- name: add_entries
INSERT INTO recycling_entry (operator_id, site_id, seq, entry_id, tx_id, tx_type, at, period, book, element, attribute,
                             state, qty_kg, lot_id, run_id, claim_id, actor, prev_hash, hash)
SELECT %(operator_id)s, %(site_id)s, e.seq, e.entry_id, %(tx_id)s, %(tx_type)s, %(at)s, %(period)s, e.book, e.element,
       e.attribute, e.state, e.qty_kg, e.lot_id, e.run_id, e.claim_id, %(actor)s, e.prev_hash, e.hash
  FROM unnest(%(seqs)s::bigint[], %(entry_ids)s::uuid[], %(books)s::text[], %(elements)s::text[], %(attributes)s::text[],
              %(states)s::text[], %(qtys)s::numeric[], %(lots)s::uuid[], %(runs)s::uuid[], %(claims)s::uuid[],
              %(prevs)s::text[], %(hashes)s::text[])
    AS e (seq, entry_id, book, element, attribute, state, qty_kg, lot_id, run_id, claim_id, prev_hash, hash);

-- name: add_entries_of_many
-- Entries of many transactions of one site at once.
INSERT INTO recycling_entry (operator_id, site_id, seq, entry_id, tx_id, tx_type, at, period, book, element, attribute,
                             state, qty_kg, lot_id, run_id, claim_id, actor, prev_hash, hash)
SELECT %(operator_id)s, %(site_id)s, e.seq, e.entry_id, e.tx_id, e.tx_type, %(at)s, e.period, e.book, e.element,
       e.attribute, e.state, e.qty_kg, e.lot_id, e.run_id, e.claim_id, %(actor)s, e.prev_hash, e.hash
  FROM unnest(%(seqs)s::bigint[], %(entry_ids)s::uuid[], %(tx_ids)s::uuid[], %(tx_types)s::text[], %(periods)s::text[],
              %(books)s::text[], %(elements)s::text[], %(attributes)s::text[], %(states)s::text[], %(qtys)s::numeric[], %(lots)s::uuid[],
              %(runs)s::uuid[], %(claims)s::uuid[], %(prevs)s::text[], %(hashes)s::text[])
    AS e (seq, entry_id, tx_id, tx_type, period, book, element, attribute, state, qty_kg, lot_id, run_id, claim_id, prev_hash, hash);

-- name: open_accounts
INSERT INTO recycling_balance (operator_id, site_id, book, element, attribute, state, qty_kg)
SELECT %(operator_id)s, %(site_id)s, b.book, b.element, b.attribute, b.state, 0
  FROM unnest(%(books)s::text[], %(elements)s::text[], %(attributes)s::text[], %(states)s::text[])
    AS b (book, element, attribute, state)
ON CONFLICT DO NOTHING;

-- name: move_balances
UPDATE recycling_balance AS r SET qty_kg = r.qty_kg + b.qty_kg
  FROM unnest(%(books)s::text[], %(elements)s::text[], %(attributes)s::text[], %(states)s::text[], %(qtys)s::numeric[])
    AS b (book, element, attribute, state, qty_kg)
 WHERE r.operator_id = %(operator_id)s AND r.site_id = %(site_id)s AND r.book = b.book AND r.element = b.element
   AND r.attribute = b.attribute AND r.state = b.state;

-- name: entries
SELECT seq, entry_id, tx_id, tx_type, at, period, site_id, book, element, attribute, state, qty_kg, lot_id, run_id, claim_id,
       actor, prev_hash, hash
  FROM recycling_entry
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND seq > %(after)s
   AND (%(period)s::text IS NULL OR period = %(period)s) AND (%(element)s::text IS NULL OR element = %(element)s)
 ORDER BY seq
 LIMIT %(rows)s;

-- name: entries_of_run
SELECT seq, entry_id, tx_id, tx_type, at, period, site_id, book, element, attribute, state, qty_kg, lot_id, run_id, claim_id,
       actor, prev_hash, hash
  FROM recycling_entry
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND tx_id = %(tx_id)s
 ORDER BY seq;

-- name: balances
SELECT site_id, book, element, attribute, state, qty_kg
  FROM recycling_balance
 WHERE operator_id = %(operator_id)s AND (%(site_id)s::uuid IS NULL OR site_id = %(site_id)s)
   AND (%(element)s::text IS NULL OR element = %(element)s)
 ORDER BY site_id, book, element, attribute, state;

-- name: balances_until
SELECT site_id, book, element, attribute, state, sum(qty_kg) AS qty_kg
  FROM recycling_entry
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period <= %(period)s
   AND (%(element)s::text IS NULL OR element = %(element)s)
 GROUP BY site_id, book, element, attribute, state
 ORDER BY site_id, book, element, attribute, state;

-- name: site
SELECT site_id, country, stock_rule, permit_no, permit_valid_to, permitted_t_per_year, conversion, version, time_zone
  FROM recycling_site WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s;

-- name: sites
SELECT site_id, country, stock_rule, permit_no, permit_valid_to, permitted_t_per_year, conversion, version, time_zone
  FROM recycling_site WHERE operator_id = %(operator_id)s;

-- name: save_site
INSERT INTO recycling_site AS s (operator_id, site_id, country, stock_rule, permit_no, permit_valid_to, permitted_t_per_year,
                                 conversion, version, time_zone)
VALUES (%(operator_id)s, %(site_id)s, %(country)s, %(stock_rule)s, %(permit_no)s, %(permit_valid_to)s,
        %(permitted_t_per_year)s, %(conversion)s, 1, %(time_zone)s)
ON CONFLICT (operator_id, site_id) DO UPDATE
   SET country = EXCLUDED.country, stock_rule = EXCLUDED.stock_rule, permit_no = EXCLUDED.permit_no,
       permit_valid_to = EXCLUDED.permit_valid_to, permitted_t_per_year = EXCLUDED.permitted_t_per_year,
       conversion = EXCLUDED.conversion, version = s.version + 1, time_zone = EXCLUDED.time_zone
RETURNING site_id, country, stock_rule, permit_no, permit_valid_to, permitted_t_per_year, conversion, version, time_zone;

-- name: add_lot
INSERT INTO recycling_lot (operator_id, lot_id, lot_no, site_id, kind, material, created_at, closed_at, mass_wet_kg,
       moisture_pct, mass_kg, left_kg, composition, sources, re_class, main_chemistry, waste_code, is_waste, is_origin,
       country_collected, passports, hazard, analysis, status, warnings, content_hash, run_id, past, version)
VALUES (%(operator_id)s, %(lot_id)s, %(lot_no)s, %(site_id)s, %(kind)s, %(material)s, %(created_at)s, %(closed_at)s,
       %(mass_wet_kg)s, %(moisture_pct)s, %(mass_kg)s, %(left_kg)s, %(composition)s::jsonb, %(sources)s::jsonb, %(re_class)s,
       %(main_chemistry)s, %(waste_code)s, %(is_waste)s, %(is_origin)s, %(country_collected)s, %(passports)s::jsonb,
       %(hazard)s::jsonb, %(analysis)s::jsonb, %(status)s, %(warnings)s::jsonb, %(content_hash)s, %(run_id)s,
        %(past)s::jsonb, %(version)s)
ON CONFLICT (operator_id, site_id, lot_no) DO NOTHING;

-- name: add_lots
-- Many lots at once, as add_lot each; gives the ids of those that are new. lots: JSON, `content_hash` in hex.
INSERT INTO recycling_lot (operator_id, lot_id, lot_no, site_id, kind, material, created_at, closed_at, mass_wet_kg,
       moisture_pct, mass_kg, left_kg, composition, sources, re_class, main_chemistry, waste_code, is_waste, is_origin,
       country_collected, passports, hazard, analysis, status, warnings, content_hash, run_id, past, version)
SELECT %(operator_id)s, x.lot_id, x.lot_no, x.site_id, x.kind, x.material, x.created_at, x.closed_at, x.mass_wet_kg,
       x.moisture_pct, x.mass_kg, x.left_kg, x.composition, x.sources, x.re_class, x.main_chemistry, x.waste_code, x.is_waste,
       x.is_origin, x.country_collected, x.passports, x.hazard, x.analysis, x.status, x.warnings,
       decode(x.content_hash, 'hex'), x.run_id, x.past, x.version
  FROM jsonb_to_recordset(%(lots)s::jsonb) AS x (lot_id uuid, lot_no text, site_id uuid, kind text, material text,
       created_at timestamptz, closed_at timestamptz, mass_wet_kg numeric, moisture_pct numeric, mass_kg numeric,
       left_kg numeric, composition jsonb, sources jsonb, re_class text, main_chemistry text, waste_code text,
       is_waste boolean, is_origin boolean, country_collected text, passports jsonb, hazard jsonb, analysis jsonb, status text,
       warnings jsonb, content_hash text, run_id uuid, past jsonb, version integer)
ON CONFLICT (operator_id, site_id, lot_no) DO NOTHING
RETURNING lot_id;

-- name: lots_by_nos
SELECT lot_no, content_hash FROM recycling_lot
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND lot_no = ANY(%(numbers)s::text[]);

-- name: lots_between
SELECT lot_id, lot_no, site_id, kind, material, created_at, closed_at, mass_wet_kg, moisture_pct, mass_kg, left_kg,
       composition, sources, re_class, main_chemistry, waste_code, is_waste, is_origin, country_collected, passports, hazard,
       analysis, status, warnings, run_id, past, version
  FROM recycling_lot
 WHERE operator_id = %(operator_id)s AND lot_id BETWEEN %(first)s AND %(last)s AND is_origin
 ORDER BY lot_id;

-- name: lot_by_no
SELECT lot_id, content_hash FROM recycling_lot
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND lot_no = %(lot_no)s;

-- name: change_lot
UPDATE recycling_lot
   SET left_kg = %(left_kg)s, composition = %(composition)s::jsonb, closed_at = %(closed_at)s, status = %(status)s,
       analysis = %(analysis)s::jsonb, warnings = %(warnings)s::jsonb, version = version + 1
 WHERE operator_id = %(operator_id)s AND lot_id = %(lot_id)s AND version = %(expected)s;

-- name: change_lots
-- change_lot of many, each `steps` versions further; gives the ids of those that had the version expected.
UPDATE recycling_lot AS l
   SET left_kg = x.left_kg, composition = x.composition, closed_at = x.closed_at, status = x.status, version = l.version + x.steps
  FROM jsonb_to_recordset(%(lots)s::jsonb) AS x (lot_id uuid, left_kg numeric, composition jsonb, closed_at timestamptz,
       status text, expected integer, steps integer)
 WHERE l.operator_id = %(operator_id)s AND l.lot_id = x.lot_id AND l.version = x.expected
RETURNING l.lot_id;

-- name: assay_lot
UPDATE recycling_lot SET composition = %(composition)s::jsonb, sources = %(sources)s::jsonb, version = version + 1
 WHERE operator_id = %(operator_id)s AND lot_id = %(lot_id)s AND version = %(expected)s;

-- name: assay_lots
-- assay_lot of many; gives the ids of those that had the version expected.
UPDATE recycling_lot AS l SET composition = x.composition, sources = x.sources, version = l.version + 1
  FROM jsonb_to_recordset(%(lots)s::jsonb) AS x (lot_id uuid, composition jsonb, sources jsonb, expected integer)
 WHERE l.operator_id = %(operator_id)s AND l.lot_id = x.lot_id AND l.version = x.expected
RETURNING l.lot_id;

-- name: lots_by_no
SELECT lot_no, site_id, lot_id FROM recycling_lot
 WHERE operator_id = %(operator_id)s AND lot_no = ANY(%(numbers)s::text[]) ORDER BY lot_no, site_id;

-- name: lots
SELECT lot_id, lot_no, site_id, kind, material, created_at, closed_at, mass_wet_kg, moisture_pct, mass_kg, left_kg,
       composition, sources, re_class, main_chemistry, waste_code, is_waste, is_origin, country_collected, passports, hazard,
       analysis, status, warnings, run_id, past, version
  FROM recycling_lot
 WHERE operator_id = %(operator_id)s AND lot_id = ANY(%(lot_ids)s::uuid[])
 ORDER BY lot_id;

-- name: lots_for_update
SELECT lot_id, lot_no, site_id, kind, material, created_at, closed_at, mass_wet_kg, moisture_pct, mass_kg, left_kg,
       composition, sources, re_class, main_chemistry, waste_code, is_waste, is_origin, country_collected, passports, hazard,
       analysis, status, warnings, run_id, past, version
  FROM recycling_lot
 WHERE operator_id = %(operator_id)s AND lot_id = ANY(%(lot_ids)s::uuid[])
 ORDER BY lot_id
   FOR UPDATE;

-- name: lots_page
SELECT lot_id, lot_no, site_id, kind, material, created_at, closed_at, mass_wet_kg, moisture_pct, mass_kg, left_kg,
       composition, sources, re_class, main_chemistry, waste_code, is_waste, is_origin, country_collected, passports, hazard,
       analysis, status, warnings, run_id, past, version
  FROM recycling_lot
 WHERE operator_id = %(operator_id)s
   AND (%(before_at)s::timestamptz IS NULL OR (created_at, lot_id) < (%(before_at)s, %(before_id)s::uuid))
   AND (%(site_id)s::uuid IS NULL OR site_id = %(site_id)s) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
   AND (NOT %(open_only)s OR left_kg > 0)
   AND (%(text)s::text IS NULL OR lot_no ILIKE '%%' || %(text)s || '%%' OR passports ? %(text)s)
 ORDER BY created_at DESC, lot_id DESC
 LIMIT %(rows)s;

-- name: add_run
INSERT INTO recycling_run (operator_id, run_id, run_no, site_id, kind, step_type, route, period, start_at, end_at, permit_no,
       treatment_code, status, verdict, residuals, reason, note, body, reverses, version)
VALUES (%(operator_id)s, %(run_id)s, %(run_no)s, %(site_id)s, %(kind)s, %(step_type)s, %(route)s, %(period)s, %(start_at)s,
       %(end_at)s, %(permit_no)s, %(treatment_code)s, %(status)s, %(verdict)s, %(residuals)s::jsonb, %(reason)s,
       %(note)s::jsonb, %(body)s::jsonb, %(reverses)s, 1)
ON CONFLICT (operator_id, site_id, run_no) DO NOTHING;

-- name: add_runs
-- Many runs at once, as add_run each. runs: JSON with `body`.
INSERT INTO recycling_run (operator_id, run_id, run_no, site_id, kind, step_type, route, period, start_at, end_at, permit_no,
       treatment_code, status, verdict, residuals, reason, note, body, reverses, version)
SELECT %(operator_id)s, x.run_id, x.run_no, x.site_id, x.kind, x.step_type, x.route, x.period, x.start_at, x.end_at,
       x.permit_no, x.treatment_code, x.status, x.verdict, x.residuals, x.reason, x.note, x.body, x.reverses, 1
  FROM jsonb_to_recordset(%(runs)s::jsonb) AS x (run_id uuid, run_no text, site_id uuid, kind text, step_type text, route text,
       period text, start_at timestamptz, end_at timestamptz, permit_no text, treatment_code text, status text, verdict text,
       residuals jsonb, reason text, note jsonb, body jsonb, reverses uuid)
ON CONFLICT (operator_id, site_id, run_no) DO NOTHING;

-- name: runs_by_nos
SELECT run_no, run_id, status, version, body::text FROM recycling_run
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND run_no = ANY(%(numbers)s);

-- name: run_by_no
SELECT run_id, body::text FROM recycling_run
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND run_no = %(run_no)s;

-- name: run
SELECT run_id, run_no, site_id, kind, step_type, route, period, start_at, end_at, permit_no, treatment_code, status, verdict,
       residuals, reason, note, reverses, version
  FROM recycling_run WHERE operator_id = %(operator_id)s AND run_id = %(run_id)s;

-- name: assays_of
SELECT run_id, run_no, site_id, kind, step_type, route, period, start_at, end_at, permit_no, treatment_code, status, verdict,
       residuals, reason, note, reverses, version
  FROM recycling_run
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND run_no = ANY(%(numbers)s::text[]) AND kind = 'assay'
   AND status = 'posted' AND body ->> 'lot_id' = %(lot_id)s;

-- name: run_body
SELECT body FROM recycling_run WHERE operator_id = %(operator_id)s AND run_id = %(run_id)s;

-- name: runs_page
SELECT run_id, run_no, site_id, kind, step_type, route, period, start_at, end_at, permit_no, treatment_code, status, verdict,
       residuals, reason, note, reverses, version
  FROM recycling_run
 WHERE operator_id = %(operator_id)s
   AND (%(before_at)s::timestamptz IS NULL OR (start_at, run_id) < (%(before_at)s, %(before_id)s::uuid))
   AND (%(site_id)s::uuid IS NULL OR site_id = %(site_id)s)
   AND (%(period)s::text IS NULL OR period = %(period)s)
 ORDER BY start_at DESC, run_id DESC
 LIMIT %(rows)s;

-- name: change_run
UPDATE recycling_run SET status = %(status)s, verdict = %(verdict)s, residuals = %(residuals)s::jsonb, reason = %(reason)s,
       version = version + 1
 WHERE operator_id = %(operator_id)s AND run_id = %(run_id)s AND version = %(expected)s;

-- name: add_lines
INSERT INTO recycling_line (operator_id, run_id, line_no, direction, lot_id, label, mass_kg, elements, composition, counting,
       destination, country, evidence, end_of_waste, substitutes_primary, calculation_point, counts_as_input, past)
SELECT %(operator_id)s, %(run_id)s, x.line_no, x.direction, x.lot_id, x.label, x.mass_kg, x.elements, x.composition,
       x.counting, x.destination, x.country, x.evidence, x.end_of_waste, x.substitutes_primary, x.calculation_point,
       x.counts_as_input, x.past
  FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (line_no integer, direction text, lot_id uuid, label text, mass_kg numeric,
       elements jsonb, composition jsonb, counting text, destination text, country text, evidence text, end_of_waste boolean,
       substitutes_primary boolean, calculation_point boolean, counts_as_input boolean, past jsonb);

-- name: add_lines_of_many
INSERT INTO recycling_line (operator_id, run_id, line_no, direction, lot_id, label, mass_kg, elements, composition, counting,
       destination, country, evidence, end_of_waste, substitutes_primary, calculation_point, counts_as_input, past)
SELECT %(operator_id)s, x.run_id, x.line_no, x.direction, x.lot_id, x.label, x.mass_kg, x.elements, x.composition,
       x.counting, x.destination, x.country, x.evidence, x.end_of_waste, x.substitutes_primary, x.calculation_point,
       x.counts_as_input, x.past
  FROM jsonb_to_recordset(%(lines)s::jsonb) AS x (run_id uuid, line_no integer, direction text, lot_id uuid, label text,
       mass_kg numeric, elements jsonb, composition jsonb, counting text, destination text, country text, evidence text,
       end_of_waste boolean, substitutes_primary boolean, calculation_point boolean, counts_as_input boolean, past jsonb);

-- name: lines
SELECT line_no, direction, lot_id, label, mass_kg, elements, composition, counting, destination, country, evidence,
       end_of_waste, substitutes_primary, calculation_point, counts_as_input, past
  FROM recycling_line WHERE operator_id = %(operator_id)s AND run_id = %(run_id)s ORDER BY line_no;

-- name: add_edges
INSERT INTO recycling_edge (operator_id, child_id, parent_id, run_id, elements)
SELECT %(operator_id)s, x.child_id, x.parent_id, %(run_id)s, x.elements
  FROM jsonb_to_recordset(%(edges)s::jsonb) AS x (child_id uuid, parent_id uuid, elements jsonb);

-- name: add_edges_of_many
INSERT INTO recycling_edge (operator_id, child_id, parent_id, run_id, elements)
SELECT %(operator_id)s, x.child_id, x.parent_id, x.run_id, x.elements
  FROM jsonb_to_recordset(%(edges)s::jsonb) AS x (child_id uuid, parent_id uuid, run_id uuid, elements jsonb);

-- name: drop_edges
DELETE FROM recycling_edge WHERE operator_id = %(operator_id)s AND run_id = %(run_id)s;

-- name: edges_up
-- All edges above a lot as three long columns of bytes (children, parents, kg of the element), of one order: a hundred
-- thousand rows are read faster so than one by one, and by one scan of the index for all lots faster than lot by lot.
WITH RECURSIVE up (lot_id) AS (
  SELECT %(lot_id)s::uuid
   UNION
  SELECT e.parent_id FROM up JOIN recycling_edge e ON e.operator_id = %(operator_id)s AND e.child_id = up.lot_id
), walked AS MATERIALIZED (SELECT array_agg(lot_id) AS lots FROM up)
SELECT string_agg(uuid_send(e.child_id), ''::bytea), string_agg(uuid_send(e.parent_id), ''::bytea),
       string_agg(float8send(coalesce((e.elements ->> %(element)s)::float8, 0)), ''::bytea)
  FROM recycling_edge e
 WHERE e.operator_id = %(operator_id)s AND e.child_id = ANY ((SELECT lots FROM walked)::uuid[]);

-- name: edges_down
-- The same of everything below a lot: every edge into a descendant, also from parents that are none.
WITH RECURSIVE down (lot_id) AS (
  SELECT %(lot_id)s::uuid
   UNION
  SELECT e.child_id FROM down JOIN recycling_edge e ON e.operator_id = %(operator_id)s AND e.parent_id = down.lot_id
), walked AS MATERIALIZED (SELECT array_agg(lot_id) AS lots FROM down WHERE lot_id <> %(lot_id)s::uuid)
SELECT string_agg(uuid_send(e.child_id), ''::bytea), string_agg(uuid_send(e.parent_id), ''::bytea),
       string_agg(float8send(coalesce((e.elements ->> %(element)s)::float8, 0)), ''::bytea)
  FROM recycling_edge e
 WHERE e.operator_id = %(operator_id)s AND e.child_id = ANY ((SELECT lots FROM walked)::uuid[]);

-- name: lot_words
SELECT lot_id, lot_no, kind, mass_kg, left_kg, composition, passports, created_at, site_id
  FROM recycling_lot WHERE operator_id = %(operator_id)s AND lot_id = ANY(%(lot_ids)s::uuid[]);

-- name: lots_of_passport
SELECT lot_id FROM recycling_lot WHERE operator_id = %(operator_id)s AND passports ? %(passport)s ORDER BY created_at, lot_id;

-- name: period
SELECT site_id, period, version, state, statement, hash, signed_by, reason, at
  FROM recycling_period
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period = %(period)s
 ORDER BY version DESC LIMIT 1;

-- name: periods
SELECT DISTINCT ON (period) site_id, period, version, state, statement, hash, signed_by, reason, at
  FROM recycling_period
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s
 ORDER BY period DESC, version DESC;

-- name: period_versions
SELECT site_id, period, version, state, statement, hash, signed_by, reason, at
  FROM recycling_period
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period = %(period)s
 ORDER BY version;

-- name: add_period
INSERT INTO recycling_period (operator_id, site_id, period, version, state, statement, hash, signed_by, reason, at)
VALUES (%(operator_id)s, %(site_id)s, %(period)s, %(version)s, %(state)s, %(statement)s::jsonb, %(hash)s, %(signed_by)s,
        %(reason)s, %(at)s)
ON CONFLICT (operator_id, site_id, period, version) DO UPDATE
   SET state = EXCLUDED.state, statement = EXCLUDED.statement, hash = EXCLUDED.hash, signed_by = EXCLUDED.signed_by,
       reason = coalesce(EXCLUDED.reason, recycling_period.reason), at = EXCLUDED.at
 WHERE recycling_period.state = 'open';

-- name: periods_with_entries
SELECT DISTINCT period FROM recycling_run
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s ORDER BY period DESC;

-- name: turnover
-- kg by element, transaction type and state within a period.
SELECT element, tx_type, state, sum(qty_kg) AS qty_kg, count(*) AS entries
  FROM recycling_entry
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period = %(period)s AND book = 'physical'
 GROUP BY element, tx_type, state
 ORDER BY element, tx_type, state;

-- name: unbalanced
SELECT tx_id, element, sum(qty_kg)
  FROM recycling_entry
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period = %(period)s
 GROUP BY tx_id, book, element
HAVING sum(qty_kg) <> 0
 LIMIT 5;

-- name: chain_breaks
SELECT seq FROM (
  SELECT seq, prev_hash, lag(hash) OVER (ORDER BY seq) AS before, lag(seq) OVER (ORDER BY seq) AS place
    FROM recycling_entry WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s
) AS c
 WHERE (place IS NULL AND seq <> 1) OR (place IS NOT NULL AND (seq <> place + 1 OR prev_hash <> before))
 LIMIT 5;

-- name: unreasoned_runs
SELECT run_no FROM recycling_run
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period = %(period)s
   AND ((verdict = 'warning' AND coalesce(reason, '') = '' AND status = 'posted') OR status = 'draft')
 ORDER BY run_no LIMIT 20;

-- name: negative_accounts
SELECT book, element, state FROM recycling_balance
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND qty_kg < 0
   AND state NOT IN ('EXT_SUPPLIER', 'EXT_CUSTOMER', 'CORRECTION')
 LIMIT 5;

-- name: undocumented
SELECT l.lot_no
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id AND x.direction = 'in'
  JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 WHERE r.operator_id = %(operator_id)s AND r.site_id = %(site_id)s AND r.period = %(period)s AND r.kind = 'ship'
   AND r.status = 'posted' AND l.is_waste AND coalesce(r.note ->> 'documents', '') <> 'complete'
 LIMIT 20;

-- name: rate_inputs
-- What was in the input fraction before (a sorted or merged lot) is in it once.
SELECT p.element, p.location, p.u_rel, l.re_class, l.country_collected AS country,
       sum(p.kg * (1 - coalesce((x.past -> 'entered' ->> p.element)::numeric, (x.past -> 'entered' ->> 'mass')::numeric, 0))) AS kg
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id
  JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 CROSS JOIN LATERAL jsonb_to_recordset(x.composition) AS p (element text, location text, u_rel numeric, kg numeric)
 WHERE r.operator_id = %(operator_id)s AND r.status = 'posted' AND r.kind = 'process' AND x.direction = 'in'
   AND x.counts_as_input AND (%(site_id)s::uuid IS NULL OR r.site_id = %(site_id)s)
   AND r.period >= %(first)s AND r.period <= %(last)s AND (%(route)s::text IS NULL OR r.route = %(route)s)
   AND (%(re_class)s::text IS NULL OR l.re_class = %(re_class)s)
 GROUP BY p.element, p.location, p.u_rel, l.re_class, l.country_collected;

-- name: rate_outputs
-- In whole years a late output belongs to the year of its campaign; a month's statement has what arose in the month.
SELECT p.element, p.location, p.u_rel, l.kind, l.re_class, x.counting, x.country, x.evidence, x.substitutes_primary,
       x.calculation_point, sum(p.kg) AS kg,
       sum(p.kg * coalesce((l.sources -> p.element ->> 'primary')::numeric, 0)) AS primary_kg,
       sum(p.kg * (1 - coalesce((l.sources -> p.element ->> 'primary')::numeric, 0))
           * coalesce((x.past -> 'counted' ->> p.element)::numeric, (x.past -> 'counted' ->> 'mass')::numeric, 0)) AS counted_kg,
       sum(p.kg * (1 - coalesce((l.sources -> p.element ->> 'primary')::numeric, 0))
           * coalesce((x.past -> 'earned' ->> p.element)::numeric, (x.past -> 'earned' ->> 'mass')::numeric, 0)) AS earned_kg
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id
  JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 CROSS JOIN LATERAL jsonb_to_recordset(x.composition) AS p (element text, location text, u_rel numeric, kg numeric)
 WHERE r.operator_id = %(operator_id)s AND r.status = 'posted' AND r.kind = 'process' AND x.direction = 'out'
   AND x.counting <> 'intermediate' AND (%(site_id)s::uuid IS NULL OR r.site_id = %(site_id)s)
   AND CASE WHEN r.note ->> 'campaign_year' IS NOT NULL AND right(%(first)s, 3) = '-01' AND right(%(last)s, 3) = '-12'
            THEN r.note ->> 'campaign_year' BETWEEN left(%(first)s, 4) AND left(%(last)s, 4)
            ELSE r.period BETWEEN %(first)s AND %(last)s END
   AND (%(route)s::text IS NULL OR r.route = %(route)s)
   AND (%(re_class)s::text IS NULL OR l.re_class IS NULL OR l.re_class = %(re_class)s)
 GROUP BY p.element, p.location, p.u_rel, l.kind, l.re_class, x.counting, x.country, x.evidence, x.substitutes_primary,
          x.calculation_point;

-- name: flows
-- For a Sankey: kg of an element along every line of a site's periods.
SELECT r.step_type, r.kind AS run_kind, x.direction, x.label, l.kind, x.counting, x.calculation_point,
       sum((x.elements ->> %(element)s)::numeric) AS kg, count(*) AS lots
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id
  LEFT JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 WHERE r.operator_id = %(operator_id)s AND r.site_id = %(site_id)s AND r.status = 'posted' AND r.kind = 'process'
   AND r.period >= %(first)s AND r.period <= %(last)s AND x.elements ? %(element)s
 GROUP BY r.step_type, r.kind, x.direction, CASE WHEN x.lot_id IS NULL THEN x.label END, x.label, l.kind, x.counting,
          x.calculation_point
 ORDER BY 1, 3, 5;

-- name: add_basis
INSERT INTO recycling_credit_basis AS b (operator_id, site_id, element, source_class, in_kg, proven_kg, issued_kg)
VALUES (%(operator_id)s, %(site_id)s, %(element)s, %(source_class)s, greatest(%(in_kg)s, 0), greatest(%(proven_kg)s, 0), 0)
ON CONFLICT (operator_id, site_id, element, source_class)
   DO UPDATE SET in_kg = greatest(b.in_kg + %(in_kg)s, 0), proven_kg = greatest(b.proven_kg + %(proven_kg)s, 0)
RETURNING in_kg, proven_kg, issued_kg;

-- name: add_issued
UPDATE recycling_credit_basis SET issued_kg = issued_kg + %(kg)s
 WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND element = %(element)s AND source_class = %(source_class)s;

-- name: add_credit
INSERT INTO recycling_credit (operator_id, credit_id, site_id, element, source_class, period, issued_kg, open_kg, expires_on,
       provisional, lot_id, run_id, from_operator_id, from_credit_id, created_at)
VALUES (%(operator_id)s, %(credit_id)s, %(site_id)s, %(element)s, %(source_class)s, %(period)s, %(kg)s, %(kg)s,
       %(expires_on)s, %(provisional)s, %(lot_id)s, %(run_id)s, %(from_operator_id)s, %(from_credit_id)s, %(at)s);

-- name: credits
SELECT credit_id, site_id, element, source_class, period, issued_kg, open_kg, expires_on, provisional, lot_id, run_id,
       from_operator_id, from_credit_id, created_at
  FROM recycling_credit
 WHERE operator_id = %(operator_id)s AND (%(element)s::text IS NULL OR element = %(element)s)
   AND (%(after)s::uuid IS NULL OR credit_id > %(after)s)
 ORDER BY credit_id LIMIT %(rows)s;

-- name: open_credits
SELECT credit_id, site_id, open_kg
  FROM recycling_credit
 WHERE operator_id = %(operator_id)s AND element = %(element)s AND source_class = %(source_class)s AND open_kg > 0
   AND expires_on >= %(day)s AND (%(site_id)s::uuid IS NULL OR site_id = %(site_id)s)
   AND (%(lot_id)s::uuid IS NULL OR lot_id = %(lot_id)s)
 ORDER BY expires_on, credit_id
   FOR UPDATE;

-- name: credits_of_run
SELECT credit_id, site_id, open_kg, element, source_class, issued_kg
  FROM recycling_credit WHERE operator_id = %(operator_id)s AND run_id = %(run_id)s ORDER BY credit_id FOR UPDATE;

-- name: open_sum
SELECT element, source_class, sum(open_kg) AS open_kg, sum(issued_kg) AS issued_kg
  FROM recycling_credit WHERE operator_id = %(operator_id)s AND expires_on >= %(day)s
 GROUP BY element, source_class ORDER BY element, source_class;

-- name: use_credit
UPDATE recycling_credit SET open_kg = open_kg - %(kg)s WHERE operator_id = %(operator_id)s AND credit_id = %(credit_id)s;

-- name: expired_credits
SELECT credit_id, site_id, element, source_class, open_kg FROM recycling_credit
 WHERE operator_id = %(operator_id)s AND open_kg > 0 AND expires_on < %(day)s ORDER BY site_id, credit_id FOR UPDATE;

-- name: operators_with_expired
SELECT DISTINCT operator_id FROM recycling_credit WHERE open_kg > 0 AND expires_on < %(day)s;

-- name: add_claim
INSERT INTO recycling_claim (operator_id, claim_id, idempotency_key, body_hash, element, source_class, qty_kg,
       battery_model_id, plant_id, year, beneficiary_id, model, mass_balanced, evidence, credits, status, flags, trace_id,
       created_at, version)
VALUES (%(operator_id)s, %(claim_id)s, %(idempotency_key)s, %(body_hash)s, %(element)s, %(source_class)s, %(qty_kg)s,
       %(battery_model_id)s, %(plant_id)s, %(year)s, %(beneficiary_id)s, %(model)s, %(mass_balanced)s, %(evidence)s::jsonb,
       %(credits)s::jsonb, 'reserved', '[]', %(trace_id)s, %(at)s, 1);

-- name: claims_of_parts
-- Retired claims that travel with parts of any company (within across): only after disclosure was asked for each.
SELECT k.operator_id, k.trace_id, k.claim_id, k.element, k.source_class, k.qty_kg, k.battery_model_id, k.plant_id, k.year,
       k.mass_balanced, k.flags, k.settled_at
  FROM recycling_claim k
  JOIN unnest(%(owners)s::uuid[], %(parts)s::uuid[]) AS p (operator_id, trace_id)
    ON p.operator_id = k.operator_id AND p.trace_id = k.trace_id
 WHERE k.status = 'retired'
 ORDER BY k.year DESC, k.element, k.claim_id
 LIMIT 2000;

-- name: add_claim_uses
INSERT INTO recycling_claim_use (operator_id, claim_id, credit_id, qty_kg)
SELECT %(operator_id)s, %(claim_id)s, u.credit_id, u.qty_kg
  FROM unnest(%(credit_ids)s::uuid[], %(qtys)s::numeric[]) AS u (credit_id, qty_kg);

-- name: claim_uses
SELECT u.credit_id, c.site_id, u.qty_kg
  FROM recycling_claim_use u JOIN recycling_credit c ON c.operator_id = u.operator_id AND c.credit_id = u.credit_id
 WHERE u.operator_id = %(operator_id)s AND u.claim_id = %(claim_id)s ORDER BY u.credit_id;

-- name: claims_by_keys
SELECT idempotency_key, claim_id, body_hash FROM recycling_claim
 WHERE operator_id = %(operator_id)s AND idempotency_key = ANY(%(keys)s);

-- name: add_claims
INSERT INTO recycling_claim (operator_id, claim_id, idempotency_key, body_hash, element, source_class, qty_kg,
       battery_model_id, plant_id, year, beneficiary_id, model, mass_balanced, evidence, credits, status, flags, trace_id,
       created_at, version)
SELECT %(operator_id)s, x.claim_id, x.idempotency_key, decode(x.body_hash, 'hex'), x.element, x.source_class, x.qty_kg,
       x.battery_model_id, x.plant_id, x.year, x.beneficiary_id, x.model, x.mass_balanced, x.evidence, x.credits, 'reserved',
       '[]', x.trace_id, x.created_at, 1
  FROM jsonb_to_recordset(%(claims)s::jsonb) AS x (claim_id uuid, idempotency_key text, body_hash text, element text,
       source_class text, qty_kg numeric, battery_model_id text, plant_id text, year integer, beneficiary_id uuid, model text,
       mass_balanced boolean, evidence jsonb, credits jsonb, trace_id uuid, created_at timestamptz);

-- name: add_claims_uses
INSERT INTO recycling_claim_use (operator_id, claim_id, credit_id, qty_kg)
SELECT %(operator_id)s, u.claim_id, u.credit_id, u.qty_kg
  FROM unnest(%(claim_ids)s::uuid[], %(credit_ids)s::uuid[], %(qtys)s::numeric[]) AS u (claim_id, credit_id, qty_kg);

-- name: use_credits
UPDATE recycling_credit AS c SET open_kg = c.open_kg - u.qty_kg
  FROM unnest(%(credit_ids)s::uuid[], %(qtys)s::numeric[]) AS u (credit_id, qty_kg)
 WHERE c.operator_id = %(operator_id)s AND c.credit_id = u.credit_id;

-- name: claim_by_key
SELECT claim_id, body_hash FROM recycling_claim
 WHERE operator_id = %(operator_id)s AND idempotency_key = %(idempotency_key)s;

-- name: claim
SELECT claim_id, idempotency_key, element, source_class, qty_kg, battery_model_id, plant_id, year, beneficiary_id, model,
       mass_balanced, evidence, credits, status, flags, trace_id, created_at, settled_at, version
  FROM recycling_claim WHERE operator_id = %(operator_id)s AND claim_id = %(claim_id)s;

-- name: claims
SELECT claim_id, idempotency_key, element, source_class, qty_kg, battery_model_id, plant_id, year, beneficiary_id, model,
       mass_balanced, evidence, credits, status, flags, trace_id, created_at, settled_at, version
  FROM recycling_claim
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR claim_id < %(after)s)
 ORDER BY claim_id DESC LIMIT %(rows)s;

-- name: change_claim
UPDATE recycling_claim SET status = %(status)s, evidence = %(evidence)s::jsonb, settled_at = %(at)s, version = version + 1
 WHERE operator_id = %(operator_id)s AND claim_id = %(claim_id)s AND version = %(expected)s;

-- name: flag_claims
-- Claims that took from credits of these runs, in every company that holds them (within across).
WITH RECURSIVE fed (operator_id, credit_id) AS (
  SELECT operator_id, credit_id FROM recycling_credit
   WHERE operator_id = %(operator_id)s AND site_id = %(site_id)s AND period = %(period)s
   UNION
  SELECT c.operator_id, c.credit_id FROM fed
    JOIN recycling_credit c ON c.from_operator_id = fed.operator_id AND c.from_credit_id = fed.credit_id
)
UPDATE recycling_claim AS k
   SET flags = k.flags || jsonb_build_array(%(flag)s::text)
  FROM (SELECT DISTINCT u.operator_id, u.claim_id FROM fed
          JOIN recycling_claim_use u ON u.operator_id = fed.operator_id AND u.credit_id = fed.credit_id) AS hit
 WHERE k.operator_id = hit.operator_id AND k.claim_id = hit.claim_id AND k.status IN ('reserved', 'retired')
   AND NOT k.flags ? %(flag)s
RETURNING k.operator_id, k.claim_id;

-- name: retired_content
SELECT element, source_class, sum(qty_kg) AS qty_kg
  FROM recycling_claim
 WHERE operator_id = %(operator_id)s AND battery_model_id = %(battery_model_id)s AND plant_id = %(plant_id)s
   AND year = %(year)s AND status = 'retired'
 GROUP BY element, source_class;

-- name: contents
SELECT battery_model_id, plant_id, year, element, total_kg, method
  FROM recycling_consumption
 WHERE operator_id = %(operator_id)s
   AND (%(battery_model_id)s::text IS NULL OR battery_model_id = %(battery_model_id)s)
 ORDER BY year DESC, battery_model_id, plant_id, element LIMIT 500;

-- name: consumption
SELECT element, total_kg FROM recycling_consumption
 WHERE operator_id = %(operator_id)s AND battery_model_id = %(battery_model_id)s AND plant_id = %(plant_id)s
   AND year = %(year)s;

-- name: save_consumption
INSERT INTO recycling_consumption AS c (operator_id, battery_model_id, plant_id, year, element, total_kg, method, version)
VALUES (%(operator_id)s, %(battery_model_id)s, %(plant_id)s, %(year)s, %(element)s, %(total_kg)s, %(method)s, 1)
ON CONFLICT (operator_id, battery_model_id, plant_id, year, element) DO UPDATE
   SET total_kg = EXCLUDED.total_kg, method = EXCLUDED.method, version = c.version + 1;

-- name: add_document
INSERT INTO recycling_document (operator_id, document_id, kind, number, valid_from, valid_to, scope, revoked, lot_id,
       shipment_id, facts, created_at)
VALUES (%(operator_id)s, %(document_id)s, %(kind)s, %(number)s, %(valid_from)s, %(valid_to)s, %(scope)s, false, %(lot_id)s,
       %(shipment_id)s, %(facts)s::jsonb, %(at)s);

-- name: documents_of_lot
SELECT document_id, kind, number, valid_from, valid_to, scope, revoked, lot_id, shipment_id, facts, created_at
  FROM recycling_document WHERE operator_id = %(operator_id)s AND lot_id = %(lot_id)s ORDER BY document_id;

-- name: documents
SELECT document_id, kind, number, valid_from, valid_to, scope, revoked, lot_id, shipment_id, facts, created_at
  FROM recycling_document
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR document_id > %(after)s)
 ORDER BY document_id LIMIT %(rows)s;

-- name: documents_by_numbers
SELECT document_id, kind, number, valid_from, valid_to, scope, revoked, lot_id, shipment_id, facts, created_at
  FROM recycling_document WHERE operator_id = %(operator_id)s AND number = ANY(%(numbers)s::text[]);

-- name: revoke_document
UPDATE recycling_document SET revoked = true WHERE operator_id = %(operator_id)s AND document_id = %(document_id)s;

-- name: add_unit
INSERT INTO recycling_unit (operator_id, unit_id, passport, serial, state, mass_kg, defect_class, lot_id, facts, history, version)
VALUES (%(operator_id)s, %(unit_id)s, %(passport)s, %(serial)s, %(state)s, %(mass_kg)s, %(defect_class)s, NULL,
        %(facts)s::jsonb, %(history)s::jsonb, 1);

-- name: unit
SELECT unit_id, passport, serial, state, mass_kg, defect_class, lot_id, facts, history, version
  FROM recycling_unit WHERE operator_id = %(operator_id)s AND unit_id = %(unit_id)s;

-- name: unit_of_passport
SELECT unit_id, passport, serial, state, mass_kg, defect_class, lot_id, facts, history, version
  FROM recycling_unit WHERE operator_id = %(operator_id)s AND passport = %(passport)s;

-- name: units
SELECT unit_id, passport, serial, state, mass_kg, defect_class, lot_id, facts, history, version
  FROM recycling_unit
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR unit_id < %(after)s)
   AND (%(state)s::text IS NULL OR state = %(state)s)
 ORDER BY unit_id DESC LIMIT %(rows)s;

-- name: change_unit
UPDATE recycling_unit SET state = %(state)s, lot_id = %(lot_id)s, facts = %(facts)s::jsonb, history = %(history)s::jsonb,
       defect_class = %(defect_class)s, version = version + 1
 WHERE operator_id = %(operator_id)s AND unit_id = %(unit_id)s AND version = %(expected)s;

-- name: save_battery
INSERT INTO recycling_battery AS b (operator_id, passport, model, year, place, last_sign, facts, history)
VALUES (%(operator_id)s, %(passport)s, %(model)s, %(year)s, %(place)s, %(day)s, %(facts)s::jsonb,
        jsonb_build_array(jsonb_build_object('place', %(place)s::text, 'day', %(day)s::date, 'by', %(by)s::text)))
ON CONFLICT (operator_id, passport) DO UPDATE
   SET place = EXCLUDED.place, last_sign = greatest(b.last_sign, EXCLUDED.last_sign), facts = b.facts || EXCLUDED.facts,
       history = b.history || EXCLUDED.history;

-- name: touch_battery
UPDATE recycling_battery
   SET last_sign = greatest(last_sign, %(day)s::date)
 WHERE operator_id = %(operator_id)s AND passport = %(passport)s;

-- name: battery
SELECT passport, model, year, place, last_sign, facts, history FROM recycling_battery
 WHERE operator_id = %(operator_id)s AND passport = %(passport)s;

-- name: whereabouts
SELECT CASE WHEN place IN ('first_use', 'second_life') AND last_sign <= %(silent_since)s::date THEN 'unknown' ELSE place END AS place,
       count(*) AS batteries
  FROM recycling_battery
 WHERE operator_id = %(operator_id)s AND (%(model)s::text IS NULL OR model = %(model)s)
   AND (%(year)s::integer IS NULL OR year = %(year)s)
 GROUP BY 1;

-- name: whereabouts_list
SELECT passport, model, year, place, last_sign, facts, history FROM recycling_battery
 WHERE operator_id = %(operator_id)s AND (%(model)s::text IS NULL OR model = %(model)s)
   AND (%(year)s::integer IS NULL OR year = %(year)s)
   AND CASE WHEN place IN ('first_use', 'second_life') AND last_sign <= %(silent_since)s::date THEN 'unknown' ELSE place END = %(place)s
   AND passport > %(after)s
 ORDER BY passport LIMIT %(rows)s;

-- name: credits_of_lots
SELECT credit_id, element, source_class, issued_kg, open_kg, lot_id, period FROM recycling_credit
 WHERE operator_id = %(operator_id)s AND lot_id = ANY(%(lot_ids)s::uuid[]) ORDER BY credit_id;

-- name: receivers_of_credits
-- Which companies got credit from these credits (within across); only the next hand is told.
SELECT from_credit_id, operator_id, credit_id, issued_kg FROM recycling_credit
 WHERE from_operator_id = %(operator_id)s AND from_credit_id = ANY(%(credit_ids)s::uuid[]) ORDER BY credit_id;

-- name: claims_of_credits
SELECT u.credit_id, k.claim_id, u.qty_kg, k.element, k.battery_model_id, k.plant_id, k.year, k.status
  FROM recycling_claim_use u JOIN recycling_claim k ON k.operator_id = u.operator_id AND k.claim_id = u.claim_id
 WHERE u.operator_id = %(operator_id)s AND u.credit_id = ANY(%(credit_ids)s::uuid[]) ORDER BY k.claim_id;

-- name: sources_of_credits
-- Where a company's own credits came from, one hand back.
SELECT credit_id, from_operator_id, from_credit_id, element, issued_kg, lot_id FROM recycling_credit
 WHERE operator_id = %(operator_id)s AND credit_id = ANY(%(credit_ids)s::uuid[]) ORDER BY credit_id;

-- name: battery_anywhere
-- Whose account of whereabouts a battery is in (within across).
SELECT operator_id, model, year FROM recycling_battery WHERE passport = %(passport)s ORDER BY operator_id LIMIT 1;

-- name: models
SELECT DISTINCT model, year FROM recycling_battery WHERE operator_id = %(operator_id)s ORDER BY model, year LIMIT 500;

-- name: add_calculation
INSERT INTO recycling_calculation (operator_id, calculation_id, kind, rule_set, asked, result, hash, created_at)
VALUES (%(operator_id)s, %(calculation_id)s, %(kind)s, %(rule_set)s, %(asked)s::jsonb, %(result)s::jsonb, %(hash)s, %(at)s);

-- name: calculation
SELECT calculation_id, kind, rule_set, asked, result, hash, created_at
  FROM recycling_calculation WHERE operator_id = %(operator_id)s AND calculation_id = %(calculation_id)s;

-- name: add_offer
INSERT INTO recycling_offer (operator_id, offer_id, lot_id, lot_no, kind, material, mass_kg, price, currency, grade, analysis,
       recycled, cfp_kg, form, status, created_at, version)
VALUES (%(operator_id)s, %(offer_id)s, %(lot_id)s, %(lot_no)s, %(kind)s, %(material)s, %(mass_kg)s, %(price)s, %(currency)s,
        %(grade)s, %(analysis)s::jsonb, %(recycled)s::jsonb, %(cfp_kg)s, %(form)s, 'published', %(created_at)s, 1)
ON CONFLICT DO NOTHING;

-- name: offers_open
-- Every published offer, whoever made it (within across): what the market shows to all.
SELECT operator_id, offer_id, lot_id, lot_no, kind, material, mass_kg, price, currency, grade, analysis, recycled, cfp_kg,
       form, status, created_at, version
  FROM recycling_offer
 WHERE status = 'published' AND (%(material)s::text IS NULL OR material = %(material)s OR kind = %(material)s)
   AND (%(after)s::uuid IS NULL OR offer_id < %(after)s)
 ORDER BY offer_id DESC LIMIT %(rows)s;

-- name: offer_anywhere
SELECT operator_id, offer_id, lot_id, lot_no, kind, material, mass_kg, price, currency, grade, analysis, recycled, cfp_kg,
       form, status, created_at, version
  FROM recycling_offer WHERE offer_id = %(offer_id)s FOR UPDATE;

-- name: settle_offer
UPDATE recycling_offer SET status = %(status)s, version = version + 1
 WHERE operator_id = %(operator_id)s AND offer_id = %(offer_id)s AND status = 'published';

-- name: add_want
INSERT INTO recycling_want (operator_id, want_id, material, kg_per_month, limits, most_price, currency, most_cfp_kg,
       least_recycled_pct, form, active, created_at)
VALUES (%(operator_id)s, %(want_id)s, %(material)s, %(kg_per_month)s, %(limits)s::jsonb, %(most_price)s, %(currency)s,
        %(most_cfp_kg)s, %(least_recycled_pct)s, %(form)s, true, %(created_at)s);

-- name: wants
SELECT want_id, material, kg_per_month, limits, most_price, currency, most_cfp_kg, least_recycled_pct, form, active,
       created_at
  FROM recycling_want WHERE operator_id = %(operator_id)s ORDER BY want_id DESC LIMIT 200;

-- name: save_deal
INSERT INTO recycling_deal AS d (operator_id, deal_id, offer_id, seller_id, buyer_id, lot_no, material, mass_kg, price, currency,
       turn, state, history, lot_id, created_at, version, site_id, site_name)
VALUES (%(operator_id)s, %(deal_id)s, %(offer_id)s, %(seller_id)s, %(buyer_id)s, %(lot_no)s, %(material)s, %(mass_kg)s,
        %(price)s, %(currency)s, %(turn)s, %(state)s, %(history)s::jsonb, %(lot_id)s, %(created_at)s, 1, %(site_id)s,
        %(site_name)s)
ON CONFLICT (operator_id, deal_id) DO UPDATE
   SET price = EXCLUDED.price, turn = EXCLUDED.turn, state = EXCLUDED.state, history = EXCLUDED.history,
       lot_id = coalesce(EXCLUDED.lot_id, d.lot_id), site_id = EXCLUDED.site_id, site_name = EXCLUDED.site_name,
       version = d.version + 1;

-- name: deal
SELECT deal_id, offer_id, seller_id, buyer_id, lot_no, material, mass_kg, price, currency, turn, state, history, lot_id,
       created_at, version, site_id, site_name
  FROM recycling_deal WHERE operator_id = %(operator_id)s AND deal_id = %(deal_id)s FOR UPDATE;

-- name: deals
SELECT deal_id, offer_id, seller_id, buyer_id, lot_no, material, mass_kg, price, currency, turn, state, history, lot_id,
       created_at, version, site_id, site_name
  FROM recycling_deal WHERE operator_id = %(operator_id)s ORDER BY deal_id DESC LIMIT 200;

-- name: graded_outputs
-- Recovered lots with their analysis: kg of each element at its calculation point, and what the run cost.
SELECT p.element, l.material, l.analysis,
       sum(p.kg * (1 - coalesce((l.sources -> p.element ->> 'primary')::numeric, 0))
           * (1 - coalesce((x.past -> 'earned' ->> p.element)::numeric, (x.past -> 'earned' ->> 'mass')::numeric, 0))) AS kg
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id
  JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 CROSS JOIN LATERAL jsonb_to_recordset(x.composition) AS p (element text, kg numeric)
 WHERE r.operator_id = %(operator_id)s AND r.status = 'posted' AND r.kind = 'process' AND x.direction = 'out'
   AND x.calculation_point AND x.substitutes_primary AND r.site_id = %(site_id)s AND r.period >= %(first)s
   AND r.period <= %(last)s
 GROUP BY p.element, l.lot_id, l.material, l.analysis;

-- name: cost_of_runs
SELECT sum((note ->> 'cost_jpy')::numeric)
  FROM recycling_run
 WHERE operator_id = %(operator_id)s AND status = 'posted' AND kind = 'process' AND site_id = %(site_id)s
   AND period >= %(first)s AND period <= %(last)s AND note ->> 'cost_jpy' IS NOT NULL;

-- name: recycled_lots
-- Which of these lots are output fractions: each kilogram of a battery is one of them once.
SELECT DISTINCT x.lot_id
  FROM recycling_line x JOIN recycling_run r ON r.operator_id = x.operator_id AND r.run_id = x.run_id
 WHERE x.operator_id = %(operator_id)s AND x.lot_id = ANY(%(lot_ids)s::uuid[]) AND x.direction = 'out'
   AND x.counting = 'recycling' AND r.status = 'posted';

-- name: runs_of_lots
-- The processes that took from these lots, oldest first.
SELECT DISTINCT r.run_id, r.run_no, r.site_id, r.kind, r.step_type, r.route, r.period, r.start_at, r.end_at, r.permit_no,
       r.treatment_code, r.status, r.verdict, r.residuals, r.reason, r.note, r.reverses, r.version
  FROM recycling_line x JOIN recycling_run r ON r.operator_id = x.operator_id AND r.run_id = x.run_id
 WHERE x.operator_id = %(operator_id)s AND x.lot_id = ANY(%(lot_ids)s::uuid[]) AND x.direction = 'in'
   AND r.status = 'posted' AND r.kind = 'process'
 ORDER BY r.end_at, r.run_id;

-- name: manifests
-- Manifests of a site: by the lot that they went with, or by the site that they name.
SELECT d.kind, d.number, d.facts, d.created_at, l.mass_wet_kg AS mass_kg, l.waste_code, l.kind AS lot_kind
  FROM recycling_document d
  LEFT JOIN recycling_lot l ON l.operator_id = d.operator_id AND l.lot_id = d.lot_id
 WHERE d.operator_id = %(operator_id)s AND d.kind = ANY(%(kinds)s::text[]) AND NOT d.revoked
   AND coalesce(l.site_id::text, d.facts ->> 'site_id') = %(site_id)s::text
 ORDER BY d.number
 LIMIT 20000;

-- name: classes_treated
SELECT DISTINCT l.re_class
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id
  JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 WHERE r.operator_id = %(operator_id)s AND r.site_id = %(site_id)s AND r.status = 'posted' AND r.kind = 'process'
   AND x.direction = 'in' AND x.counts_as_input AND r.period BETWEEN %(first)s AND %(last)s AND l.re_class IS NOT NULL;

-- name: route_sums
-- What was booked along each route (what one of its runs makes and the next takes enters once): time, energy, cost and incidents as far as runs state them.
SELECT coalesce(r.route, '—') AS route, count(*) AS runs, coalesce(sum(i.kg), 0) AS input_kg,
       (sum(extract(epoch FROM r.end_at - r.start_at)) / 3600)::numeric AS hours,
       sum((r.note ->> 'energy_kwh')::numeric) AS energy_kwh, sum((r.note ->> 'cost_jpy')::numeric) AS cost_jpy,
       sum((r.note ->> 'incidents')::integer) AS incidents, count(r.note ->> 'energy_kwh') AS stated_energy,
       count(r.note ->> 'cost_jpy') AS stated_cost
  FROM recycling_run r
  LEFT JOIN LATERAL (SELECT sum(x.mass_kg) AS kg
                       FROM recycling_line x
                       JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
                       LEFT JOIN recycling_run m ON m.operator_id = l.operator_id AND m.run_id = l.run_id
                      WHERE x.operator_id = r.operator_id AND x.run_id = r.run_id AND x.direction = 'in'
                        AND NOT (m.kind = 'process' AND m.route IS NOT DISTINCT FROM r.route)) AS i ON true
 WHERE r.operator_id = %(operator_id)s AND r.status = 'posted' AND r.kind = 'process'
   AND (%(site_id)s::uuid IS NULL OR r.site_id = %(site_id)s) AND r.period BETWEEN %(first)s AND %(last)s
 GROUP BY 1
 ORDER BY 1;

-- name: route_chemistries
-- Batteries that entered each route, by main chemistry.
SELECT coalesce(r.route, '—'), l.main_chemistry, sum(x.mass_kg)
  FROM recycling_run r
  JOIN recycling_line x ON x.operator_id = r.operator_id AND x.run_id = r.run_id
  JOIN recycling_lot l ON l.operator_id = x.operator_id AND l.lot_id = x.lot_id
 WHERE r.operator_id = %(operator_id)s AND r.status = 'posted' AND r.kind = 'process' AND x.direction = 'in'
   AND x.counts_as_input AND (%(site_id)s::uuid IS NULL OR r.site_id = %(site_id)s)
   AND r.period BETWEEN %(first)s AND %(last)s
 GROUP BY 1, 2;
