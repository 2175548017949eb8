-- name: lock
-- Serialises writers of one thing until the end of the transaction. in: thing text; out: nothing of use
SELECT pg_advisory_xact_lock(hashtextextended(%(thing)s, 0));

-- name: add_battery
-- A battery becomes known to a company; known already: no row. in: all columns; out: battery_id
INSERT INTO reuse_battery (operator_id, battery_id, serial, dpp_id, passport_id, facts, held, owner_id, waste, verdict, grade,
                           created_at, updated_at)
VALUES (%(operator_id)s, %(battery_id)s, %(serial)s, %(dpp_id)s, %(passport_id)s, %(facts)s, %(held)s, %(owner_id)s,
        %(waste)s, 'not_assessable', 'N', %(at)s, %(at)s)
ON CONFLICT DO NOTHING
RETURNING battery_id;

-- name: battery
-- One battery of a company. in: operator_id, battery_id uuid; out: the row
SELECT operator_id, battery_id, serial, dpp_id, passport_id, facts, held, owner_id, waste, verdict, grade, judgement, judged_at,
       version, created_at, updated_at
  FROM reuse_battery
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s;

-- name: battery_locked
-- The same, held against other writers until the end of the transaction.
SELECT operator_id, battery_id, serial, dpp_id, passport_id, facts, held, owner_id, waste, verdict, grade, judgement, judged_at,
       version, created_at, updated_at
  FROM reuse_battery
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
   FOR UPDATE;

-- name: battery_by_name
-- A battery of a company by serial, passport or passport id. in: operator_id uuid, name text; out: rows, held ones first
SELECT operator_id, battery_id, serial, dpp_id, passport_id, facts, held, owner_id, waste, verdict, grade, judgement, judged_at,
       version, created_at, updated_at
  FROM reuse_battery
 WHERE operator_id = %(operator_id)s AND (serial = %(name)s OR dpp_id = %(name)s OR passport_id::text = %(name)s)
 ORDER BY held DESC, created_at DESC
 LIMIT 1;

-- name: batteries
-- A company's batteries, newest first. in: operator_id uuid, at timestamptz, after uuid (the first wanted), rows integer
SELECT operator_id, battery_id, serial, dpp_id, passport_id, facts, held, owner_id, waste, verdict, grade, judgement, judged_at,
       version, created_at, updated_at
  FROM reuse_battery
 WHERE operator_id = %(operator_id)s AND (created_at, battery_id) <= (%(at)s::timestamptz, %(after)s::uuid)
 ORDER BY created_at DESC, battery_id DESC
 LIMIT %(rows)s;

-- name: halves_of_battery
-- Every company that knows a battery. in: battery_id uuid; out: operator_id, held, owner_id
SELECT operator_id, held, owner_id FROM reuse_battery WHERE battery_id = %(battery_id)s ORDER BY operator_id;

-- name: batteries_of_passport
-- Batteries by passport, of all who know them. in: passport_id uuid; out: operator_id, battery_id, held
SELECT operator_id, battery_id, held FROM reuse_battery WHERE passport_id = %(passport_id)s ORDER BY operator_id;

-- name: save_judgement_on_battery
-- The present verdict. in: operator_id, battery_id uuid, verdict, grade text, judgement jsonb, at timestamptz; out: rows touched
UPDATE reuse_battery
   SET verdict = %(verdict)s, grade = %(grade)s, judgement = %(judgement)s, judged_at = %(at)s, version = version + 1,
       updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s;

-- name: move_battery
-- Custody and ownership of a company's half. in: operator_id, battery_id, owner_id uuid, held boolean, at timestamptz
UPDATE reuse_battery
   SET held = %(held)s, owner_id = %(owner_id)s, version = version + 1, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s;

-- name: rename_passport
-- Another passport stands for the battery now. in: operator_id, battery_id, passport_id uuid, dpp_id text, at timestamptz
UPDATE reuse_battery
   SET passport_id = %(passport_id)s, dpp_id = %(dpp_id)s, waste = %(waste)s, version = version + 1, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s;

-- name: add_evidence
-- Findings; one that is there already stays as it is. in: operator_id, battery_id uuid, ids text[], findings text[] (JSON), …
INSERT INTO reuse_evidence (operator_id, battery_id, evidence_id, finding, source, actor, recorded_at)
SELECT %(operator_id)s, %(battery_id)s, given.id, given.finding::jsonb, %(source)s, %(actor)s, %(at)s
  FROM unnest(%(ids)s::text[], %(findings)s::text[]) AS given (id, finding)
ON CONFLICT DO NOTHING;

-- name: evidence
-- All findings about a battery. in: operator_id, battery_id uuid; out: rows
SELECT evidence_id, finding, source, actor, recorded_at
  FROM reuse_evidence
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
 ORDER BY recorded_at, evidence_id;

-- name: copy_evidence
-- The next holder takes over what is known of the battery. in: from_id, to_id, battery_id uuid
INSERT INTO reuse_evidence (operator_id, battery_id, evidence_id, finding, source, actor, recorded_at)
SELECT %(to_id)s, battery_id, evidence_id, finding, source, actor, recorded_at
  FROM reuse_evidence
 WHERE operator_id = %(from_id)s AND battery_id = %(battery_id)s
ON CONFLICT DO NOTHING;

-- name: add_judgement
-- in: all columns
INSERT INTO reuse_judgement (operator_id, judgement_id, battery_id, verdict, grade, cause, body, actor, at)
VALUES (%(operator_id)s, %(judgement_id)s, %(battery_id)s, %(verdict)s, %(grade)s, %(cause)s, %(body)s, %(actor)s, %(at)s);

-- name: lowest_lowered
-- The last verdict that a person lowered, with the moment. in: operator_id, battery_id uuid; out: verdict, at
SELECT verdict, at
  FROM reuse_judgement
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND cause LIKE 'person:%%'
 ORDER BY at DESC
 LIMIT 1;

-- name: add_price_set
-- in: all columns
INSERT INTO reuse_price_set (operator_id, price_set_id, name, day, body, created_at)
VALUES (%(operator_id)s, %(price_set_id)s, %(name)s, %(day)s, %(body)s, %(at)s);

-- name: newest_price_set
-- in: operator_id uuid; out: body
SELECT body FROM reuse_price_set WHERE operator_id = %(operator_id)s ORDER BY day DESC, created_at DESC LIMIT 1;

-- name: price_sets
-- in: operator_id uuid; out: price_set_id, name, day, created_at, newest first
SELECT price_set_id, name, day, created_at FROM reuse_price_set
 WHERE operator_id = %(operator_id)s ORDER BY day DESC, created_at DESC LIMIT 50;

-- name: add_valuation
-- in: all columns
INSERT INTO reuse_valuation (operator_id, valuation_id, battery_id, body, actor, at)
VALUES (%(operator_id)s, %(valuation_id)s, %(battery_id)s, %(body)s, %(actor)s, %(at)s);

-- name: newest_valuation
-- in: operator_id, battery_id uuid; out: body
SELECT body FROM reuse_valuation
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
 ORDER BY at DESC, valuation_id DESC LIMIT 1;

-- name: add_certificate
-- in: all columns
INSERT INTO reuse_certificate (operator_id, certificate_id, battery_id, state, issued_at, valid_until, contents, credential)
VALUES (%(operator_id)s, %(certificate_id)s, %(battery_id)s, 'valid', %(issued_at)s, %(valid_until)s, %(contents)s,
        %(credential)s);

-- name: certificate
-- in: operator_id, certificate_id uuid; out: the row
SELECT operator_id, certificate_id, battery_id, state, issued_at, valid_until, superseded_by, flag, contents, credential
  FROM reuse_certificate
 WHERE operator_id = %(operator_id)s AND certificate_id = %(certificate_id)s;

-- name: certificate_of_anyone
-- in: certificate_id uuid; out: the row
SELECT operator_id, certificate_id, battery_id, state, issued_at, valid_until, superseded_by, flag, contents, credential
  FROM reuse_certificate
 WHERE certificate_id = %(certificate_id)s;

-- name: certificates
-- A company's certificates, newest first, of one battery or of all. in: operator_id uuid, battery_id uuid or NULL, at, after, rows
SELECT operator_id, certificate_id, battery_id, state, issued_at, valid_until, superseded_by, flag, contents, credential
  FROM reuse_certificate
 WHERE operator_id = %(operator_id)s AND (%(battery_id)s::uuid IS NULL OR battery_id = %(battery_id)s)
   AND (issued_at, certificate_id) <= (%(at)s::timestamptz, %(after)s::uuid)
 ORDER BY issued_at DESC, certificate_id DESC
 LIMIT %(rows)s;

-- name: close_certificates
-- A newer one takes their place, or they are taken back. in: operator_id, battery_id uuid, state text, by uuid; out: their ids
UPDATE reuse_certificate
   SET state = %(state)s, superseded_by = %(by)s, flag = COALESCE(%(flag)s, flag)
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND state = 'valid' AND certificate_id <> %(by)s
RETURNING certificate_id;

-- name: revoke_certificate
-- in: operator_id, certificate_id uuid, flag text
UPDATE reuse_certificate SET state = 'revoked', flag = %(flag)s
 WHERE operator_id = %(operator_id)s AND certificate_id = %(certificate_id)s AND state = 'valid';

-- name: add_accident
-- in: all columns
INSERT INTO reuse_accident (operator_id, accident_id, battery_id, known_at, prompt_due, full_due, body, created_at)
VALUES (%(operator_id)s, %(accident_id)s, %(battery_id)s, %(known_at)s, %(prompt_due)s, %(full_due)s, %(body)s, %(at)s);

-- name: accident
-- in: operator_id, accident_id uuid; out: the row
SELECT operator_id, accident_id, battery_id, known_at, prompt_due, full_due, prompt_sent, full_sent, body, version, created_at
  FROM reuse_accident WHERE operator_id = %(operator_id)s AND accident_id = %(accident_id)s;

-- name: accidents
-- in: operator_id uuid, at timestamptz, after uuid, rows integer; out: rows, newest first
SELECT operator_id, accident_id, battery_id, known_at, prompt_due, full_due, prompt_sent, full_sent, body, version, created_at
  FROM reuse_accident
 WHERE operator_id = %(operator_id)s AND (created_at, accident_id) <= (%(at)s::timestamptz, %(after)s::uuid)
 ORDER BY created_at DESC, accident_id DESC
 LIMIT %(rows)s;

-- name: save_accident
-- in: operator_id, accident_id uuid, body jsonb, prompt_sent, full_sent timestamptz, expected integer; out: rows touched
UPDATE reuse_accident
   SET body = %(body)s, prompt_sent = %(prompt_sent)s, full_sent = %(full_sent)s, version = version + 1
 WHERE operator_id = %(operator_id)s AND accident_id = %(accident_id)s AND version = %(expected)s;

-- name: save_licence
-- in: all columns
INSERT INTO reuse_licence (operator_id, kind, number, authority, valid_until, created_at)
VALUES (%(operator_id)s, %(kind)s, %(number)s, %(authority)s, %(valid_until)s, %(at)s)
ON CONFLICT (operator_id, kind) DO UPDATE
   SET number = EXCLUDED.number, authority = EXCLUDED.authority, valid_until = EXCLUDED.valid_until, proof = NULL,
       checked_at = NULL, checked_by = NULL, refused = NULL, created_at = EXCLUDED.created_at
 WHERE (reuse_licence.number, reuse_licence.authority, reuse_licence.valid_until)
       IS DISTINCT FROM (EXCLUDED.number, EXCLUDED.authority, EXCLUDED.valid_until);

-- name: licence
-- in: operator_id uuid, kind text; out: number, authority, valid_until, kind, proof, checked_at, refused
SELECT number, authority, valid_until, kind, proof, checked_at, refused
  FROM reuse_licence WHERE operator_id = %(operator_id)s AND kind = %(kind)s;

-- name: licences
-- out: every company's, those that wait first
SELECT operator_id, number, authority, valid_until, kind, proof, checked_at, refused, created_at
  FROM reuse_licence ORDER BY checked_at IS NOT NULL OR refused IS NOT NULL, created_at, operator_id LIMIT 1000;

-- name: check_licence
-- in: operator_id uuid, kind, number, proof, actor text, at timestamptz; out: rows touched
UPDATE reuse_licence SET proof = %(proof)s, checked_at = %(at)s, checked_by = %(actor)s, refused = NULL
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND number = %(number)s;

-- name: refuse_licence
-- in: operator_id uuid, kind, number, why text; out: rows touched
UPDATE reuse_licence SET refused = %(why)s, checked_at = NULL
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND number = %(number)s;

-- name: add_listing
-- in: all columns; out: rows touched
INSERT INTO reuse_listing (operator_id, listing_id, battery_id, kind, state, price, currency, shown, dpp_id, note, created_at,
                           published_at, expires_at, updated_at)
VALUES (%(operator_id)s, %(listing_id)s, %(battery_id)s, %(kind)s, %(state)s, %(price)s, %(currency)s, %(shown)s, %(dpp_id)s,
        %(note)s, %(created_at)s, %(published_at)s, %(expires_at)s, %(created_at)s);

-- name: listing
-- in: operator_id, listing_id uuid; out: the row
SELECT operator_id, listing_id, battery_id, kind, state, price, currency, shown, dpp_id, note, offer_id, why, version,
       created_at, published_at, expires_at, updated_at
  FROM reuse_listing WHERE operator_id = %(operator_id)s AND listing_id = %(listing_id)s;

-- name: listing_of_anyone
-- in: listing_id uuid; out: the row
SELECT operator_id, listing_id, battery_id, kind, state, price, currency, shown, dpp_id, note, offer_id, why, version,
       created_at, published_at, expires_at, updated_at
  FROM reuse_listing WHERE listing_id = %(listing_id)s;

-- name: listing_locked
-- The same, held against other writers until the end of the transaction.
SELECT operator_id, listing_id, battery_id, kind, state, price, currency, shown, dpp_id, note, offer_id, why, version,
       created_at, published_at, expires_at, updated_at
  FROM reuse_listing WHERE listing_id = %(listing_id)s
   FOR UPDATE;

-- name: listings
-- A company's listings, newest first. in: operator_id uuid, at timestamptz, after uuid, rows integer
SELECT operator_id, listing_id, battery_id, kind, state, price, currency, shown, dpp_id, note, offer_id, why, version,
       created_at, published_at, expires_at, updated_at
  FROM reuse_listing
 WHERE operator_id = %(operator_id)s AND (created_at, listing_id) <= (%(at)s::timestamptz, %(after)s::uuid)
 ORDER BY created_at DESC, listing_id DESC
 LIMIT %(rows)s;

-- name: open_listings_of_battery
-- Listings of a battery that are published or reserved. in: battery_id uuid; out: rows, locked
SELECT operator_id, listing_id, battery_id, kind, state, price, currency, shown, dpp_id, note, offer_id, why, version,
       created_at, published_at, expires_at, updated_at
  FROM reuse_listing
 WHERE battery_id = %(battery_id)s AND operator_id = ANY(%(operator_ids)s::uuid[]) AND state IN ('published', 'reserved')
 ORDER BY listing_id
   FOR UPDATE;

-- name: market
-- What is published, newest first; only what everybody may see.
-- in: now, at timestamptz, after uuid, rows integer, kinds text[], chemistry text or NULL, grade text or NULL
SELECT operator_id AS seller_id, listing_id, kind, state, price, currency, shown, note, published_at, expires_at
  FROM reuse_listing
 WHERE state = 'published' AND expires_at > %(now)s AND kind = ANY(%(kinds)s::text[])
   AND (%(chemistry)s::text IS NULL OR shown ->> 'chemistry' = %(chemistry)s)
   AND (%(grade)s::text IS NULL OR shown ->> 'grade' = %(grade)s)
   AND (published_at, listing_id) <= (%(at)s::timestamptz, %(after)s::uuid)
 ORDER BY published_at DESC, listing_id DESC
 LIMIT %(rows)s;

-- name: market_by_dpp
-- The published listing of a battery by its passport. in: dpp_id text, now timestamptz; out: listing_id
SELECT listing_id FROM reuse_listing
 WHERE state = 'published' AND expires_at > %(now)s AND dpp_id = %(dpp_id)s
 ORDER BY published_at DESC LIMIT 1;

-- name: save_listing
-- in: operator_id, listing_id uuid, state, price, offer_id, why, …; out: rows touched
UPDATE reuse_listing
   SET kind = %(kind)s, state = %(state)s, price = %(price)s, shown = %(shown)s, note = %(note)s, offer_id = %(offer_id)s,
       why = %(why)s, published_at = %(published_at)s, expires_at = %(expires_at)s, version = version + 1, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND listing_id = %(listing_id)s;

-- name: due_listings
-- Published listings whose time is over. in: now timestamptz; out: listing_id
SELECT listing_id FROM reuse_listing WHERE state = 'published' AND expires_at <= %(now)s ORDER BY listing_id LIMIT 500;

-- name: add_deal
-- Both halves of what two companies settle. in: rows as arrays; out: rows touched
INSERT INTO reuse_deal (operator_id, deal_id, kind, side, partner_id, about_id, state, body, created_at, expires_at, updated_at)
SELECT half.operator_id, %(deal_id)s, %(kind)s, half.side, half.partner_id, %(about_id)s, %(state)s, %(body)s, %(at)s,
       %(expires_at)s, %(at)s
  FROM unnest(%(operator_ids)s::uuid[], %(sides)s::text[], %(partner_ids)s::uuid[]) AS half (operator_id, side, partner_id);

-- name: deal
-- A company's half. in: operator_id, deal_id uuid, kind text; out: state, body, version, expires_at, side, partner_id
SELECT deal_id, kind, side, partner_id, about_id, state, body, version, created_at, expires_at, updated_at
  FROM reuse_deal WHERE operator_id = %(operator_id)s AND deal_id = %(deal_id)s AND kind = %(kind)s;

-- name: deal_locked
-- The same, held against other writers of either half.
SELECT deal_id, kind, side, partner_id, about_id, state, body, version, created_at, expires_at, updated_at
  FROM reuse_deal WHERE operator_id = %(operator_id)s AND deal_id = %(deal_id)s AND kind = %(kind)s
   FOR UPDATE;

-- name: deals
-- A company's halves of some kinds, newest first. in: operator_id uuid, kinds text[], at timestamptz, after uuid, rows integer
SELECT deal_id, kind, side, partner_id, about_id, state, body, version, created_at, expires_at, updated_at
  FROM reuse_deal
 WHERE operator_id = %(operator_id)s AND kind = ANY(%(kinds)s) AND (created_at, deal_id) <= (%(at)s::timestamptz, %(after)s::uuid)
 ORDER BY created_at DESC, deal_id DESC
 LIMIT %(rows)s;

-- name: deals_about
-- Halves of the giver about one thing, in the order they came. in: about_id uuid, kind text; out: rows, locked
SELECT deal_id, kind, side, partner_id, about_id, state, body, version, created_at, expires_at, updated_at
  FROM reuse_deal WHERE about_id = %(about_id)s AND kind = %(kind)s AND side = 'giver'
 ORDER BY created_at, deal_id
   FOR UPDATE;

-- name: save_deal
-- Both halves. in: deal_id uuid, state text, body jsonb, at timestamptz; out: rows touched
UPDATE reuse_deal
   SET state = %(state)s, body = %(body)s, version = version + 1, updated_at = %(at)s
 WHERE deal_id = %(deal_id)s AND operator_id = ANY(%(operator_ids)s::uuid[]);

-- name: due_deals
-- Open offers whose time is over. in: now timestamptz; out: deal_id, operator_id of the giver
SELECT deal_id, operator_id FROM reuse_deal
 WHERE kind = 'offer' AND side = 'giver' AND state IN ('submitted', 'countered') AND expires_at <= %(now)s
 ORDER BY deal_id LIMIT 500;

-- name: add_demand
-- in: all columns
INSERT INTO reuse_demand (operator_id, demand_id, name, body, created_at)
VALUES (%(operator_id)s, %(demand_id)s, %(name)s, %(body)s, %(at)s);

-- name: demands
-- in: operator_id uuid; out: rows, newest first
SELECT operator_id, demand_id, name, body, open, version, created_at
  FROM reuse_demand WHERE operator_id = %(operator_id)s ORDER BY created_at DESC, demand_id DESC LIMIT 100;

-- name: close_demand
-- in: operator_id, demand_id uuid; out: rows touched
UPDATE reuse_demand SET open = false, version = version + 1
 WHERE operator_id = %(operator_id)s AND demand_id = %(demand_id)s AND open;

-- name: add_pool
-- in: all columns
INSERT INTO reuse_pool (operator_id, pool_id, name, rules, rated_kwh, created_at)
VALUES (%(operator_id)s, %(pool_id)s, %(name)s, %(rules)s, %(rated_kwh)s, %(at)s);

-- name: pool
-- in: operator_id, pool_id uuid; out: the row
SELECT operator_id, pool_id, name, rules, rated_kwh::float8 AS rated_kwh, created_at
  FROM reuse_pool WHERE operator_id = %(operator_id)s AND pool_id = %(pool_id)s;

-- name: pools
-- in: operator_id uuid; out: rows
SELECT operator_id, pool_id, name, rules, rated_kwh::float8 AS rated_kwh, created_at
  FROM reuse_pool WHERE operator_id = %(operator_id)s ORDER BY created_at, pool_id LIMIT 100;

-- name: save_pack
-- A pack as it is now; a new one is added. in: all columns; out: rows touched
INSERT INTO reuse_pack (operator_id, pool_id, pack_id, battery_id, state, holder, body, updated_at)
VALUES (%(operator_id)s, %(pool_id)s, %(pack_id)s, %(battery_id)s, %(state)s, %(holder)s, %(body)s, %(at)s)
ON CONFLICT (operator_id, pool_id, pack_id) DO UPDATE
   SET battery_id = EXCLUDED.battery_id, state = EXCLUDED.state, holder = EXCLUDED.holder, body = EXCLUDED.body,
       version = reuse_pack.version + 1, updated_at = EXCLUDED.updated_at;

-- name: packs
-- All packs of a pool. in: operator_id, pool_id uuid; out: rows
SELECT pack_id, battery_id, state, holder, body, version, updated_at
  FROM reuse_pack WHERE operator_id = %(operator_id)s AND pool_id = %(pool_id)s ORDER BY pack_id COLLATE "C";

-- name: packs_locked
-- Packs by name, held against other writers. in: operator_id, pool_id uuid, pack_ids text[]; out: rows
SELECT pack_id, battery_id, state, holder, body, version, updated_at
  FROM reuse_pack
 WHERE operator_id = %(operator_id)s AND pool_id = %(pool_id)s AND pack_id = ANY(%(pack_ids)s::text[])
 ORDER BY pack_id COLLATE "C"
   FOR UPDATE;

-- name: packs_of_battery
-- in: operator_id, battery_id uuid; out: pool_id, pack_id
SELECT pool_id, pack_id FROM reuse_pack
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND state <> 'retired';

-- name: add_swap
-- A swap; one that is there already stays as it is. in: all columns; out: swap_id, or no row
INSERT INTO reuse_swap (operator_id, pool_id, swap_id, contract_id, at, station, body, actor)
VALUES (%(operator_id)s, %(pool_id)s, %(swap_id)s, %(contract_id)s, %(at)s, %(station)s, %(body)s, %(actor)s)
ON CONFLICT DO NOTHING
RETURNING swap_id;

-- name: swap
-- in: operator_id, swap_id uuid; out: body
SELECT body FROM reuse_swap WHERE operator_id = %(operator_id)s AND swap_id = %(swap_id)s;

-- name: swaps
-- Swaps of a pool, newest first. in: operator_id, pool_id uuid, since timestamptz, rows integer; out: at, station, body
SELECT at, station, body FROM reuse_swap
 WHERE operator_id = %(operator_id)s AND pool_id = %(pool_id)s AND at >= %(since)s
 ORDER BY at DESC, swap_id DESC LIMIT %(rows)s;

-- name: swaps_of_contract
-- in: operator_id, contract_id uuid, since, until timestamptz; out: body, in order
SELECT body FROM reuse_swap
 WHERE operator_id = %(operator_id)s AND contract_id = %(contract_id)s AND at >= %(since)s AND at < %(until)s
 ORDER BY at, swap_id;

-- name: serials
-- Serial numbers of own batteries. in: operator_id uuid, ids uuid[]; out: battery_id, serial
SELECT battery_id, serial FROM reuse_battery WHERE operator_id = %(operator_id)s AND battery_id = ANY(%(ids)s::uuid[]);
