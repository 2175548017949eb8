-- name: lock
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 11));

-- name: keep
INSERT INTO footprint_peer_share (operator_id, result_id, grp, pack_id, year, value, weight, at)
VALUES (%(operator_id)s, %(result_id)s, %(grp)s, %(pack_id)s, %(year)s, %(value)s, %(weight)s, %(now)s)
ON CONFLICT (operator_id, result_id) DO UPDATE SET grp = excluded.grp, value = excluded.value, weight = excluded.weight,
  at = excluded.at;

-- name: drop_others
-- A worksheet contributes once a year and method: its newer result takes the place of the one before.
DELETE FROM footprint_peer_share s USING footprint_result r
 WHERE s.operator_id = %(operator_id)s AND r.operator_id = s.operator_id AND r.result_id = s.result_id
   AND r.worksheet_id = %(worksheet_id)s AND s.pack_id = %(pack_id)s AND s.year = %(year)s
   AND s.result_id <> %(result_id)s;

-- name: take_back
DELETE FROM footprint_peer_share WHERE operator_id = %(operator_id)s AND result_id = %(result_id)s
RETURNING grp, pack_id, year;

-- name: shares
SELECT result_id, grp, pack_id, year, value, weight, at FROM footprint_peer_share
 WHERE operator_id = %(operator_id)s ORDER BY at DESC, result_id LIMIT 200;

-- name: shares_across
-- across: what every company contributes to a group
SELECT operator_id, value, weight FROM footprint_peer_share
 WHERE grp = %(grp)s AND pack_id = %(pack_id)s AND year = %(year)s;

-- name: told_across
-- across: who stands behind the figure of a group that was told last, with what they said then
SELECT operator_id, own_value, own_weight FROM footprint_peer_figure
 WHERE grp = %(grp)s AND pack_id = %(pack_id)s AND year = %(year)s
   AND figure_id = (SELECT figure_id FROM footprint_peer_figure
                     WHERE grp = %(grp)s AND pack_id = %(pack_id)s AND year = %(year)s ORDER BY figure_id DESC LIMIT 1);

-- name: tell_across
-- across: one copy for each contributor
INSERT INTO footprint_peer_figure (operator_id, figure_id, grp, pack_id, year, mean, at_least, own_value, own_weight, at)
SELECT operator_id, %(figure_id)s, %(grp)s, %(pack_id)s, %(year)s, %(mean)s, %(at_least)s, own_value, own_weight, %(now)s
  FROM unnest(%(operators)s::uuid[], %(own_values)s::numeric[], %(own_weights)s::numeric[])
       AS one (operator_id, own_value, own_weight);

-- name: figures
-- The newest figure of each group that the company contributed to.
SELECT DISTINCT ON (grp, pack_id, year) figure_id, grp, pack_id, year, mean, at_least, own_value, own_weight, at
  FROM footprint_peer_figure WHERE operator_id = %(operator_id)s
 ORDER BY grp, pack_id, year, figure_id DESC LIMIT 200;
