-- name: partner
SELECT * FROM pact_partner WHERE operator_id = %(operator_id)s AND partner_id = %(partner_id)s;

-- name: partners
SELECT * FROM pact_partner WHERE operator_id = %(operator_id)s ORDER BY partner_id LIMIT %(limit)s;

-- name: save_partner
INSERT INTO pact_partner (operator_id, partner_id, name, secret_hash, base_url, outgoing_client_id, outgoing_secret,
  private_network, says_denied, by_hand, ended, created_at)
VALUES (%(operator_id)s, %(partner_id)s, %(name)s, %(secret_hash)s, %(base_url)s, %(outgoing_client_id)s,
  %(outgoing_secret)s, %(private_network)s, %(says_denied)s, %(by_hand)s, %(ended)s, %(created_at)s)
ON CONFLICT (operator_id, partner_id) DO UPDATE SET name = excluded.name, secret_hash = excluded.secret_hash,
  base_url = excluded.base_url, outgoing_client_id = excluded.outgoing_client_id,
  outgoing_secret = excluded.outgoing_secret, private_network = excluded.private_network,
  says_denied = excluded.says_denied, by_hand = excluded.by_hand, ended = excluded.ended;

-- name: add_footprint
INSERT INTO pact_footprint (operator_id, footprint_id, created, status, body, trace_id, product_ids, company_ids,
  classifications, geography, valid_from, valid_to, everyone)
VALUES (%(operator_id)s, %(footprint_id)s, %(created)s, %(status)s, %(body)s, %(trace_id)s, %(product_ids)s,
  %(company_ids)s, %(classifications)s, %(geography)s, %(valid_from)s, %(valid_to)s, %(everyone)s)
ON CONFLICT DO NOTHING;

-- name: deprecate
UPDATE pact_footprint SET status = 'Deprecated', body = jsonb_set(body, '{status}', '"Deprecated"')
 WHERE operator_id = %(operator_id)s AND footprint_id = ANY(%(footprint_ids)s) AND status = 'Active';

-- name: own_footprint
SELECT footprint_id, created, status, body, trace_id, everyone FROM pact_footprint
 WHERE operator_id = %(operator_id)s AND footprint_id = %(footprint_id)s;

-- name: own_footprints
SELECT footprint_id, created, status, body, trace_id, everyone FROM pact_footprint
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR footprint_id < %(after)s)
 ORDER BY footprint_id DESC LIMIT %(limit)s;

-- name: active_of_part
SELECT footprint_id FROM pact_footprint
 WHERE operator_id = %(operator_id)s AND trace_id = %(trace_id)s AND status = 'Active';

-- name: share
INSERT INTO pact_share (operator_id, partner_id, footprint_id)
SELECT %(operator_id)s, p, %(footprint_id)s FROM unnest(%(partner_ids)s::uuid[]) AS p ON CONFLICT DO NOTHING;

-- name: shared_with
SELECT partner_id FROM pact_share WHERE operator_id = %(operator_id)s AND footprint_id = %(footprint_id)s;

-- name: readers_of
-- Partners that may read a footprint and can be told.
SELECT p.partner_id FROM pact_partner p
  JOIN pact_footprint f ON f.operator_id = p.operator_id AND f.footprint_id = %(footprint_id)s
 WHERE p.operator_id = %(operator_id)s AND NOT p.ended AND p.base_url IS NOT NULL
   AND (f.everyone OR EXISTS (SELECT 1 FROM pact_share s WHERE s.operator_id = p.operator_id
                               AND s.partner_id = p.partner_id AND s.footprint_id = f.footprint_id));

-- name: readable
SELECT f.footprint_id, f.body,
       f.everyone OR EXISTS (SELECT 1 FROM pact_share s WHERE s.operator_id = f.operator_id
                              AND s.partner_id = %(partner_id)s AND s.footprint_id = f.footprint_id)
  FROM pact_footprint f WHERE f.operator_id = %(operator_id)s AND f.footprint_id = %(footprint_id)s;

-- name: listed
-- in: words in lower case, an empty list = any; parts: own parts whose confirmed product ids were asked for
SELECT f.footprint_id, f.created, f.body FROM pact_footprint f
 WHERE f.operator_id = %(operator_id)s
   AND (f.everyone OR EXISTS (SELECT 1 FROM pact_share s WHERE s.operator_id = f.operator_id
                               AND s.partner_id = %(partner_id)s AND s.footprint_id = f.footprint_id))
   AND (cardinality(%(product_ids)s::text[]) = 0 OR f.product_ids && %(product_ids)s::text[]
        OR f.trace_id IN (SELECT m.trace_id FROM pact_mapping m
                           WHERE m.operator_id = f.operator_id AND m.partner_id = %(partner_id)s
                             AND m.status = 'confirmed' AND lower(m.urn) = ANY(%(product_ids)s::text[])))
   AND (cardinality(%(company_ids)s::text[]) = 0 OR f.company_ids && %(company_ids)s::text[])
   AND (cardinality(%(classifications)s::text[]) = 0 OR f.classifications && %(classifications)s::text[])
   AND (cardinality(%(geographies)s::text[]) = 0 OR f.geography = ANY(%(geographies)s::text[])
        OR (%(within)s AND split_part(f.geography, '-', 1) = ANY(%(geographies)s::text[])))
   AND (cardinality(%(statuses)s::text[]) = 0 OR lower(f.status) = ANY(%(statuses)s::text[]))
   AND (%(valid_on)s::timestamptz IS NULL OR %(valid_on)s BETWEEN f.valid_from AND f.valid_to)
   AND (%(valid_after)s::timestamptz IS NULL OR f.valid_from > %(valid_after)s)
   AND (%(valid_before)s::timestamptz IS NULL OR f.valid_to < %(valid_before)s)
   AND (%(after_created)s::timestamptz IS NULL OR (f.created, f.footprint_id) > (%(after_created)s, %(after_id)s))
 ORDER BY f.created, f.footprint_id LIMIT %(limit)s;

-- name: note_event
INSERT INTO pact_event (operator_id, partner_id, source, event_id, type, data, state, outcome, received_at, key_id)
VALUES (%(operator_id)s, %(partner_id)s, %(source)s, %(event_id)s, %(type)s, %(data)s, %(state)s, NULL, %(now)s, %(key_id)s)
ON CONFLICT DO NOTHING;

-- name: event
SELECT key_id, partner_id, source, event_id, type, data, state, outcome, received_at FROM pact_event
 WHERE operator_id = %(operator_id)s AND key_id = %(key_id)s;

-- name: events
SELECT key_id, partner_id, source, event_id, type, data, state, outcome, received_at FROM pact_event
 WHERE operator_id = %(operator_id)s ORDER BY key_id DESC LIMIT %(limit)s;

-- name: settle_event
UPDATE pact_event SET state = %(state)s, outcome = %(outcome)s
 WHERE operator_id = %(operator_id)s AND key_id = %(key_id)s AND state = 'received';

-- name: add_message
INSERT INTO pact_message (operator_id, message_id, partner_id, type, body, state, created_at)
VALUES (%(operator_id)s, %(message_id)s, %(partner_id)s, %(type)s, %(body)s, 'waiting', %(now)s);

-- name: message
SELECT message_id, partner_id, type, body, state, tries, last_error, first_at, created_at FROM pact_message
 WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s;

-- name: messages
SELECT message_id, partner_id, type, body, state, tries, last_error, first_at, created_at FROM pact_message
 WHERE operator_id = %(operator_id)s ORDER BY message_id DESC LIMIT %(limit)s;

-- name: tried
UPDATE pact_message SET state = %(state)s, tries = tries + 1, last_error = %(last_error)s,
       first_at = coalesce(first_at, %(now)s)
 WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s AND state = 'waiting';

-- name: wait_again
UPDATE pact_message SET state = 'waiting', tries = 0, first_at = NULL
 WHERE operator_id = %(operator_id)s AND message_id = %(message_id)s AND state IN ('refused', 'abandoned');

-- name: add_request
INSERT INTO pact_request (operator_id, event_id, partner_id, trace_id, product_ids, state, asked_at)
VALUES (%(operator_id)s, %(event_id)s, %(partner_id)s, %(trace_id)s, %(product_ids)s, 'asked', %(now)s);

-- name: request
SELECT event_id, partner_id, trace_id, product_ids, state, said, asked_at, answered_at FROM pact_request
 WHERE operator_id = %(operator_id)s AND event_id = %(event_id)s;

-- name: requests
SELECT event_id, partner_id, trace_id, product_ids, state, said, asked_at, answered_at FROM pact_request
 WHERE operator_id = %(operator_id)s ORDER BY event_id DESC LIMIT %(limit)s;

-- name: settle_request
UPDATE pact_request SET state = %(state)s, said = %(said)s, answered_at = %(now)s
 WHERE operator_id = %(operator_id)s AND event_id = %(event_id)s AND partner_id = %(partner_id)s AND state = 'asked';

-- name: save_mapping
INSERT INTO pact_mapping (operator_id, mapping_id, partner_id, trace_id, urn, kind, status, source, score, changed_at)
VALUES (%(operator_id)s, %(mapping_id)s, %(partner_id)s, %(trace_id)s, %(urn)s, %(kind)s, %(status)s, %(source)s,
  %(score)s, %(now)s)
ON CONFLICT (operator_id, partner_id, urn, trace_id) DO UPDATE SET kind = excluded.kind, status = excluded.status,
  source = excluded.source, score = excluded.score, changed_at = excluded.changed_at
RETURNING mapping_id;

-- name: suggest_mapping
INSERT INTO pact_mapping (operator_id, mapping_id, partner_id, trace_id, urn, kind, status, source, score, changed_at)
VALUES (%(operator_id)s, %(mapping_id)s, %(partner_id)s, %(trace_id)s, %(urn)s, %(kind)s, 'suggested', %(source)s,
  %(score)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: mapping
SELECT mapping_id, partner_id, trace_id, urn, kind, status, source, score FROM pact_mapping
 WHERE operator_id = %(operator_id)s AND mapping_id = %(mapping_id)s;

-- name: mappings
SELECT mapping_id, partner_id, trace_id, urn, kind, status, source, score FROM pact_mapping
 WHERE operator_id = %(operator_id)s AND (%(partner_id)s::uuid IS NULL OR partner_id = %(partner_id)s)
 ORDER BY status, score DESC, mapping_id LIMIT %(limit)s;

-- name: confirmed
-- Own parts that this partner's product ids stand for.
SELECT urn, trace_id FROM pact_mapping
 WHERE operator_id = %(operator_id)s AND partner_id = %(partner_id)s AND status = 'confirmed'
   AND lower(urn) = ANY(%(urns)s::text[]);

-- name: received_one
SELECT partner_id, footprint_id, body, status, flags, trace_id, received_at FROM pact_received
 WHERE operator_id = %(operator_id)s AND partner_id = %(partner_id)s AND footprint_id = %(footprint_id)s;

-- name: received_all
SELECT partner_id, footprint_id, body, status, flags, trace_id, received_at FROM pact_received
 WHERE operator_id = %(operator_id)s ORDER BY received_at DESC LIMIT %(limit)s;

-- name: received_for
SELECT partner_id, footprint_id, body, status, flags, trace_id, received_at FROM pact_received
 WHERE operator_id = %(operator_id)s AND partner_id = %(partner_id)s AND status = 'Active'
   AND EXISTS (SELECT 1 FROM jsonb_array_elements_text(body -> 'productIds') AS p (urn) WHERE lower(p.urn) = lower(%(urn)s))
 ORDER BY received_at DESC LIMIT 1;

-- name: keep_received
INSERT INTO pact_received (operator_id, partner_id, footprint_id, body, status, flags, trace_id, received_at)
VALUES (%(operator_id)s, %(partner_id)s, %(footprint_id)s, %(body)s, %(status)s, %(flags)s, %(trace_id)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: mark_received
UPDATE pact_received SET status = %(status)s, flags = %(flags)s, trace_id = %(trace_id)s
 WHERE operator_id = %(operator_id)s AND partner_id = %(partner_id)s AND footprint_id = %(footprint_id)s;
