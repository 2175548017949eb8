-- name: save_shells
INSERT INTO aas_shell (operator_id, shell_id, id_short, global_asset_id, asset_kind, asset_type, record_kind, record_id, created_at)
SELECT %(operator_id)s, n.* , %(at)s
  FROM unnest(%(shell_ids)s::text[], %(id_shorts)s::text[], %(global_asset_ids)s::text[], %(asset_kinds)s::text[],
              %(asset_types)s::text[], %(record_kinds)s::text[], %(record_ids)s::uuid[]) AS n
ON CONFLICT (operator_id, shell_id) DO UPDATE SET id_short = EXCLUDED.id_short;

-- name: save_audience
INSERT INTO aas_audience (operator_id, audience, shell_id)
SELECT %(operator_id)s, %(audience)s, unnest(%(shell_ids)s::text[]) ON CONFLICT DO NOTHING;

-- name: save_asset_ids
INSERT INTO aas_asset_id (operator_id, audience, name, value, shell_id)
SELECT %(operator_id)s, %(audience)s, n, v, s
  FROM unnest(%(names)s::text[], %(values)s::text[], %(shell_ids)s::text[]) AS pair (n, v, s)
ON CONFLICT DO NOTHING;

-- name: drop_shell
WITH s AS (DELETE FROM aas_shell WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s),
     i AS (DELETE FROM aas_asset_id WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s)
DELETE FROM aas_audience WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s;

-- name: drop_audience
WITH i AS (DELETE FROM aas_asset_id WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s AND audience = %(audience)s)
DELETE FROM aas_audience WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s AND audience = %(audience)s;

-- name: shells
-- A page of the caller's own view, in order of the identifier.
SELECT s.shell_id, s.id_short, s.global_asset_id, s.asset_kind, s.asset_type, s.record_kind, s.record_id, s.created_at
  FROM (SELECT DISTINCT shell_id FROM (
          SELECT shell_id FROM unnest(%(audiences)s::text[]) AS mine (viewer)
            CROSS JOIN LATERAL (SELECT a.shell_id FROM aas_audience a
              WHERE a.operator_id = %(operator_id)s AND a.audience = mine.viewer AND a.shell_id > %(after)s
              ORDER BY a.shell_id LIMIT %(rows)s) one_view) views
        ORDER BY shell_id LIMIT %(rows)s) page
  JOIN aas_shell s ON s.operator_id = %(operator_id)s AND s.shell_id = page.shell_id
 ORDER BY s.shell_id;

-- name: shells_named
-- The same for one short name.
SELECT s.shell_id, s.id_short, s.global_asset_id, s.asset_kind, s.asset_type, s.record_kind, s.record_id, s.created_at
  FROM aas_shell s
 WHERE s.operator_id = %(operator_id)s AND s.id_short = %(id_short)s AND s.shell_id > %(after)s
   AND EXISTS (SELECT 1 FROM aas_audience a WHERE a.operator_id = %(operator_id)s AND a.shell_id = s.shell_id
                  AND a.audience = ANY(%(audiences)s::text[]))
 ORDER BY s.shell_id LIMIT %(rows)s;

-- name: shell
SELECT s.shell_id, s.id_short, s.global_asset_id, s.asset_kind, s.asset_type, s.record_kind, s.record_id, s.created_at
  FROM aas_shell s
 WHERE s.operator_id = %(operator_id)s AND s.shell_id = %(shell_id)s
   AND EXISTS (SELECT 1 FROM aas_audience a WHERE a.operator_id = %(operator_id)s AND a.shell_id = %(shell_id)s
                  AND a.audience = ANY(%(audiences)s::text[]));

-- name: asset_ids
-- (name, value) of a shell that the caller may see.
SELECT DISTINCT name, value FROM aas_asset_id
 WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s AND audience = ANY(%(audiences)s::text[])
 ORDER BY name, value;

-- name: found_by
-- Shells that have every pair, among the pairs that the caller may see: one walks those of the first pair in order and looks for the
-- others in each, so that a pair that many shells share costs no more than a page. The global asset id stands in the shell.
WITH walk AS (
  SELECT one_view.shell_id FROM unnest(%(audiences)s::text[]) AS mine (viewer)
    CROSS JOIN LATERAL (SELECT i.shell_id FROM aas_asset_id i
      WHERE i.operator_id = %(operator_id)s AND i.audience = mine.viewer AND i.name = (%(names)s::text[])[1]
        AND i.value = (%(values)s::text[])[1] AND i.shell_id > %(after)s
        AND NOT EXISTS (SELECT 1 FROM unnest((%(names)s::text[])[2:], (%(values)s::text[])[2:]) AS p (n, v)
          WHERE NOT EXISTS (SELECT 1 FROM unnest(%(audiences)s::text[]) AS too (viewer) JOIN aas_asset_id o
                              ON o.operator_id = i.operator_id AND o.audience = too.viewer AND o.name = p.n
                             AND o.value = p.v AND o.shell_id = i.shell_id)
            AND NOT (p.n = 'globalAssetId' AND EXISTS (SELECT 1 FROM aas_shell s WHERE s.operator_id = i.operator_id
                              AND s.shell_id = i.shell_id AND s.global_asset_id = p.v)))
      ORDER BY i.shell_id LIMIT %(rows)s) one_view
  UNION
  SELECT s.shell_id FROM aas_shell s
   WHERE (%(names)s::text[])[1] = 'globalAssetId' AND s.operator_id = %(operator_id)s
     AND s.global_asset_id = (%(values)s::text[])[1] AND s.shell_id > %(after)s
     AND EXISTS (SELECT 1 FROM aas_audience a WHERE a.operator_id = s.operator_id AND a.shell_id = s.shell_id
                    AND a.audience = ANY(%(audiences)s::text[]))
     AND NOT EXISTS (SELECT 1 FROM unnest((%(names)s::text[])[2:], (%(values)s::text[])[2:]) AS p (n, v)
       WHERE NOT EXISTS (SELECT 1 FROM unnest(%(audiences)s::text[]) AS too (viewer) JOIN aas_asset_id o
                           ON o.operator_id = s.operator_id AND o.audience = too.viewer AND o.name = p.n
                          AND o.value = p.v AND o.shell_id = s.shell_id)
         AND NOT (p.n = 'globalAssetId' AND p.v = s.global_asset_id))
)
SELECT shell_id FROM walk ORDER BY shell_id LIMIT %(rows)s;

-- name: shell_of_record
SELECT shell_id FROM aas_shell
 WHERE operator_id = %(operator_id)s AND record_kind = %(record_kind)s AND record_id = %(record_id)s;

-- name: save_document
INSERT INTO aas_document (operator_id, submodel_id, shell_id, audience, body)
VALUES (%(operator_id)s, %(submodel_id)s, %(shell_id)s, %(audience)s, %(body)s::jsonb)
ON CONFLICT (operator_id, submodel_id) DO UPDATE SET body = EXCLUDED.body, audience = EXCLUDED.audience;

-- name: documents
SELECT body FROM aas_document
 WHERE operator_id = %(operator_id)s AND shell_id = %(shell_id)s AND audience = ANY(%(audiences)s::text[])
 ORDER BY submodel_id;

-- name: owners_of
-- Shells that may have this submodel: of the record that its id names, or of a kept document.
SELECT shell_id FROM aas_document WHERE operator_id = %(operator_id)s AND submodel_id = %(submodel_id)s
UNION
SELECT shell_id FROM aas_shell
 WHERE operator_id = %(operator_id)s AND record_kind IN ('part', 'passport') AND record_id = %(record_id)s;
