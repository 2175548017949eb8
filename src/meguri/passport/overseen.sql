-- name: models
-- Names of models of published passports that contain a text: each name is met once, along the index.
-- in: anywhere text (a pattern), most integer
WITH RECURSIVE named AS (
  (SELECT min(model_name COLLATE "C") AS name FROM passport
    WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived'))
  UNION ALL
  SELECT (SELECT min(p.model_name COLLATE "C") FROM passport p
           WHERE p.live AND p.granularity = 'item' AND p.state IN ('Active', 'Inactive', 'Archived')
             AND p.model_name COLLATE "C" > n.name)
    FROM named n WHERE n.name IS NOT NULL
)
SELECT name FROM named WHERE name ILIKE %(anywhere)s LIMIT %(most)s;

-- name: of_serial
-- in: start, beyond text, most integer
SELECT passport_id FROM passport
 WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived')
   AND serial COLLATE "C" >= %(start)s AND serial COLLATE "C" < %(beyond)s LIMIT %(most)s;

-- name: of_product
-- in: start, beyond text, most integer
SELECT passport_id FROM passport
 WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived')
   AND product_key COLLATE "C" >= %(start)s AND product_key COLLATE "C" < %(beyond)s LIMIT %(most)s;

-- name: of_models
-- in: names text[], most integer
SELECT p.passport_id FROM unnest(%(names)s::text[]) AS n(name) CROSS JOIN LATERAL (
  SELECT passport_id FROM passport
   WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived') AND model_name COLLATE "C" = n.name
   LIMIT %(most)s) AS p
 LIMIT %(most)s;

-- name: among
-- Those of some passports that an authority looks for, the latest change first.
SELECT p.passport_id, p.operator_id, p.dpp_id, p.product_id, p.kind, p.granularity, p.category, p.model_name, p.serial,
       p.state, NULL::text AS life, p.version, NULL::real AS score, p.updated_at
  FROM passport p
 WHERE p.passport_id = ANY(%(ids)s::uuid[]) AND p.live AND p.granularity = 'item'
   AND p.state IN ('Active', 'Inactive', 'Archived')
   AND (%(category)s::text IS NULL OR p.category = %(category)s)
   AND (%(state)s::text IS NULL OR p.state = %(state)s)
   AND (%(company)s::uuid IS NULL OR p.operator_id = %(company)s)
   AND (%(after_at)s::timestamptz IS NULL OR (p.updated_at, p.passport_id) < (%(after_at)s, %(after_id)s))
 ORDER BY p.updated_at DESC, p.passport_id DESC LIMIT %(count)s;

-- name: latest
-- Published passports of all companies, the latest change first: the latest of each kind and state, put in one order. A text
-- that many have is looked for on the way. in: besides the filters, text bool, serials text (a pattern), products text[]
-- (patterns), names text[]
WITH RECURSIVE kinds AS (
  (SELECT min(coalesce(category, '')) AS kind FROM passport
    WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived'))
  UNION ALL
  SELECT (SELECT min(coalesce(p.category, '')) FROM passport p
           WHERE p.live AND p.granularity = 'item' AND p.state IN ('Active', 'Inactive', 'Archived')
             AND coalesce(p.category, '') > k.kind)
    FROM kinds k WHERE k.kind IS NOT NULL
)
SELECT f.* FROM kinds k CROSS JOIN unnest(ARRAY['Active', 'Inactive', 'Archived']) AS s(state) CROSS JOIN LATERAL (
  SELECT p.passport_id, p.operator_id, p.dpp_id, p.product_id, p.kind, p.granularity, p.category, p.model_name, p.serial,
         p.state, NULL::text AS life, p.version, NULL::real AS score, p.updated_at
    FROM passport p
   WHERE p.live AND p.granularity = 'item' AND p.state IN ('Active', 'Inactive', 'Archived')
     AND coalesce(p.category, '') = k.kind AND p.state = s.state
     AND (NOT %(text)s OR p.serial LIKE %(serials)s OR p.product_key LIKE ANY(%(products)s::text[])
          OR p.model_name = ANY(%(names)s::text[]))
     AND (p.updated_at, p.passport_id) < (%(after_at)s::timestamptz, %(after_id)s::uuid)
   ORDER BY p.updated_at DESC, p.passport_id DESC LIMIT %(count)s) AS f
 WHERE k.kind IS NOT NULL AND (%(category)s::text IS NULL OR k.kind = %(category)s)
   AND (%(state)s::text IS NULL OR s.state = %(state)s)
 ORDER BY f.updated_at DESC, f.passport_id DESC LIMIT %(count)s;

-- name: of_company
-- The same of one company.
SELECT p.passport_id, p.operator_id, p.dpp_id, p.product_id, p.kind, p.granularity, p.category, p.model_name, p.serial,
       p.state, NULL::text AS life, p.version, NULL::real AS score, p.updated_at
  FROM passport p
 WHERE p.operator_id = %(company)s AND p.live AND p.granularity = 'item' AND p.state IN ('Active', 'Inactive', 'Archived')
   AND (%(category)s::text IS NULL OR p.category = %(category)s)
   AND (%(state)s::text IS NULL OR p.state = %(state)s)
   AND (NOT %(text)s OR p.serial LIKE %(serials)s OR p.product_key LIKE ANY(%(products)s::text[])
        OR p.model_name = ANY(%(names)s::text[]))
   AND (p.updated_at, p.passport_id) < (%(after_at)s::timestamptz, %(after_id)s::uuid)
 ORDER BY p.updated_at DESC, p.passport_id DESC LIMIT %(count)s;

-- name: counts
SELECT nullif(coalesce(category, ''), ''), state, count(*), count(DISTINCT operator_id) FROM passport
 WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived')
 GROUP BY coalesce(category, ''), state ORDER BY coalesce(category, ''), state;
