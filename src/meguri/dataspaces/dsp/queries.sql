-- name: participant_of_tenant
-- By the word in the address. Across companies: nobody has proved anything yet.
SELECT operator_id, did, tenant, service_id, counter_offer, bpn FROM dsp_participant WHERE tenant = %(tenant)s;

-- name: participants
-- At most two: whether this node has exactly one participant. Across companies.
SELECT operator_id, did, tenant, service_id, counter_offer, bpn FROM dsp_participant ORDER BY operator_id LIMIT 2;

-- name: participant
SELECT operator_id, did, tenant, service_id, counter_offer, bpn FROM dsp_participant WHERE operator_id = %(operator_id)s;

-- name: token_key
SELECT token_key FROM dsp_participant WHERE operator_id = %(operator_id)s;

-- name: add_participant
INSERT INTO dsp_participant (operator_id, did, tenant, service_id, token_key, created_at)
VALUES (%(operator_id)s, %(did)s, %(tenant)s, %(service_id)s, %(token_key)s, %(at)s)
ON CONFLICT (operator_id) DO NOTHING;

-- name: set_counter_offer
UPDATE dsp_participant SET counter_offer = %(counter_offer)s WHERE operator_id = %(operator_id)s;

-- name: set_bpn
UPDATE dsp_participant SET bpn = %(bpn)s WHERE operator_id = %(operator_id)s;

-- name: any_real_company
-- Whether a company is registered here that is not made up. Across companies.
SELECT EXISTS (SELECT 1 FROM operator WHERE NOT synthetic);

-- name: partner
SELECT did, name, partner_operator_id, origins, base_url, auth, catena_x, bpn, country, credentials, identity_proof, blocked,
       version, created_at, updated_at, quality_form
  FROM dataspace_partner WHERE operator_id = %(operator_id)s AND did = %(did)s;

-- name: partners
SELECT did, name, partner_operator_id, origins, base_url, auth, catena_x, bpn, country, credentials, identity_proof, blocked,
       version, created_at, updated_at, quality_form
  FROM dataspace_partner
 WHERE operator_id = %(operator_id)s AND did COLLATE "C" > %(after)s
 ORDER BY did COLLATE "C" LIMIT %(rows)s;

-- name: save_partner
INSERT INTO dataspace_partner (operator_id, did, name, partner_operator_id, origins, base_url, auth, catena_x, bpn, country,
                               credentials, identity_proof, quality_form, created_at, updated_at)
VALUES (%(operator_id)s, %(did)s, %(name)s, %(partner_operator_id)s, %(origins)s, %(base_url)s, %(auth)s, %(catena_x)s,
        %(bpn)s, %(country)s, %(credentials)s, %(identity_proof)s, %(quality_form)s, %(at)s, %(at)s)
ON CONFLICT (operator_id, did) DO UPDATE
   SET quality_form = EXCLUDED.quality_form, name = EXCLUDED.name, partner_operator_id = EXCLUDED.partner_operator_id, origins = EXCLUDED.origins,
       base_url = EXCLUDED.base_url, auth = EXCLUDED.auth, catena_x = EXCLUDED.catena_x, bpn = EXCLUDED.bpn,
       country = EXCLUDED.country, credentials = EXCLUDED.credentials, identity_proof = EXCLUDED.identity_proof,
       version = dataspace_partner.version + 1, updated_at = EXCLUDED.updated_at
RETURNING did, name, partner_operator_id, origins, base_url, auth, catena_x, bpn, country, credentials, identity_proof, blocked,
          version, created_at, updated_at, quality_form;

-- name: block_partner
UPDATE dataspace_partner SET blocked = %(blocked)s, version = version + 1, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND did = %(did)s;

-- name: save_dataset
INSERT INTO dsp_dataset (operator_id, dataset_id, kind, title, type_iri, conforms_to, trace_id, formats, content, content_hash,
                         api, reach, agreed_at, modified)
VALUES (%(operator_id)s, %(dataset_id)s, %(kind)s, %(title)s::jsonb, %(type_iri)s, %(conforms_to)s, %(trace_id)s,
        %(formats)s, %(content)s::jsonb, %(content_hash)s, %(api)s, %(reach)s, %(at)s, %(at)s)
ON CONFLICT (operator_id, dataset_id) DO NOTHING;

-- name: save_offer
INSERT INTO dsp_offer (operator_id, offer_id, dataset_id, audience, policy, policy_hash, least_proof, modified, type_iri)
SELECT %(operator_id)s, %(offer_id)s, %(dataset_id)s, %(audience)s, %(policy)s::jsonb, %(policy_hash)s, %(least_proof)s,
       d.modified, d.type_iri
  FROM dsp_dataset d WHERE d.operator_id = %(operator_id)s AND d.dataset_id = %(dataset_id)s
ON CONFLICT (operator_id, offer_id) DO NOTHING;

-- name: withdraw_dataset
WITH gone AS (
  DELETE FROM dsp_offer WHERE operator_id = %(operator_id)s AND dataset_id = %(dataset_id)s RETURNING dataset_id
)
UPDATE dsp_dataset SET withdrawn_at = %(at)s
 WHERE operator_id = %(operator_id)s AND dataset_id = %(dataset_id)s AND withdrawn_at IS NULL;

-- name: own_datasets
-- What the company offers, newest first, each with one line per audience.
SELECT d.dataset_id, d.kind, d.title, d.type_iri, d.conforms_to, d.trace_id, d.formats, d.content_hash, d.api,
       d.content_version, d.agreed_at, d.modified, o.offer_id, o.audience, o.policy, o.policy_hash
  FROM dsp_offer o JOIN dsp_dataset d ON d.operator_id = o.operator_id AND d.dataset_id = o.dataset_id
 WHERE o.operator_id = %(operator_id)s
   AND (o.modified, o.offer_id COLLATE "C") < (%(before)s, %(before_id)s)
 ORDER BY o.modified DESC, o.offer_id COLLATE "C" DESC LIMIT %(rows)s;

-- name: visible_page
-- The requester's own view in order of (modified, dataset): its own offers and those for everyone, from two index ranges.
WITH seen AS (
  (SELECT modified, dataset_id, offer_id FROM dsp_offer
    WHERE operator_id = %(operator_id)s AND audience = %(me)s AND least_proof <= %(proof)s AND modified <= %(view)s /*typed*/
      AND (modified, dataset_id) > (%(after)s, %(after_id)s)
    ORDER BY modified, dataset_id LIMIT %(rows)s)
  UNION ALL
  (SELECT modified, dataset_id, offer_id FROM dsp_offer
    WHERE operator_id = %(operator_id)s AND audience = '*' AND least_proof <= %(proof)s AND modified <= %(view)s /*typed*/
      AND (modified, dataset_id) > (%(after)s, %(after_id)s)
    ORDER BY modified, dataset_id LIMIT %(rows)s)
), one AS (
  SELECT DISTINCT ON (modified, dataset_id) modified, dataset_id, offer_id FROM seen
   ORDER BY modified, dataset_id, offer_id LIMIT %(rows)s
)
SELECT d.dataset_id, d.kind, d.title, d.type_iri, d.conforms_to, d.trace_id, d.formats, d.content_hash, d.api,
       d.content_version, d.agreed_at, d.modified, o.offer_id, o.audience, o.policy, o.policy_hash
  FROM one
  JOIN dsp_dataset d ON d.operator_id = %(operator_id)s AND d.dataset_id = one.dataset_id
  JOIN dsp_offer o ON o.operator_id = %(operator_id)s AND o.offer_id = one.offer_id
 WHERE (%(types)s::text[] IS NULL OR d.type_iri = ANY(%(types)s::text[]))
   AND (%(conforms)s::text[] IS NULL OR d.conforms_to = ANY(%(conforms)s::text[]))
   AND (%(traces)s::text[] IS NULL OR d.trace_id = ANY(%(traces)s::text[]))
   AND (%(since)s::timestamptz IS NULL OR d.modified >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR d.modified <= %(until)s)
 ORDER BY d.modified, d.dataset_id;

-- name: visible_chosen
-- Datasets that are named, as far as the requester sees them: no page to walk.
SELECT DISTINCT ON (d.modified, d.dataset_id)
       d.dataset_id, d.kind, d.title, d.type_iri, d.conforms_to, d.trace_id, d.formats, d.content_hash, d.api,
       d.content_version, d.agreed_at, d.modified, o.offer_id, o.audience, o.policy, o.policy_hash
  FROM dsp_offer o JOIN dsp_dataset d ON d.operator_id = o.operator_id AND d.dataset_id = o.dataset_id
 WHERE o.operator_id = %(operator_id)s AND o.dataset_id = ANY(%(dataset_ids)s::text[]) AND o.audience IN (%(me)s, '*')
   AND o.least_proof <= %(proof)s AND o.modified <= %(view)s
   AND (%(types)s::text[] IS NULL OR d.type_iri = ANY(%(types)s::text[]))
   AND (%(conforms)s::text[] IS NULL OR d.conforms_to = ANY(%(conforms)s::text[]))
   AND (%(traces)s::text[] IS NULL OR d.trace_id = ANY(%(traces)s::text[]))
   AND (%(since)s::timestamptz IS NULL OR d.modified >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR d.modified <= %(until)s)
 ORDER BY d.modified, d.dataset_id, o.audience = '*', o.offer_id;

-- name: visible_of_traces
SELECT DISTINCT ON (d.modified, d.dataset_id)
       d.dataset_id, d.kind, d.title, d.type_iri, d.conforms_to, d.trace_id, d.formats, d.content_hash, d.api,
       d.content_version, d.agreed_at, d.modified, o.offer_id, o.audience, o.policy, o.policy_hash
  FROM dsp_dataset d JOIN dsp_offer o ON o.operator_id = d.operator_id AND o.dataset_id = d.dataset_id
 WHERE d.operator_id = %(operator_id)s AND d.trace_id = ANY(%(traces)s::text[]) AND o.audience IN (%(me)s, '*')
   AND o.least_proof <= %(proof)s
 ORDER BY d.modified, d.dataset_id, o.audience = '*', o.offer_id;
-- name: datasets_of_traces
SELECT dataset_id FROM dsp_dataset WHERE operator_id = %(operator_id)s AND trace_id = ANY(%(traces)s::text[]) LIMIT 10000;
-- name: visible_last
-- Where the page of the view ends, before any filter.
WITH seen AS (
  (SELECT modified, dataset_id FROM dsp_offer
    WHERE operator_id = %(operator_id)s AND audience = %(me)s AND least_proof <= %(proof)s AND modified <= %(view)s /*typed*/
      AND (modified, dataset_id) > (%(after)s, %(after_id)s)
    ORDER BY modified, dataset_id LIMIT %(rows)s)
  UNION
  (SELECT modified, dataset_id FROM dsp_offer
    WHERE operator_id = %(operator_id)s AND audience = '*' AND least_proof <= %(proof)s AND modified <= %(view)s /*typed*/
      AND (modified, dataset_id) > (%(after)s, %(after_id)s)
    ORDER BY modified, dataset_id LIMIT %(rows)s)
)
SELECT modified, dataset_id FROM seen ORDER BY modified, dataset_id LIMIT %(rows)s;

-- name: visible_before
-- Behind what the page begins that ends where this one does: the same walk, backwards.
WITH seen AS (
  (SELECT modified, dataset_id FROM dsp_offer
    WHERE operator_id = %(operator_id)s AND audience = %(me)s AND least_proof <= %(proof)s AND modified <= %(view)s /*typed*/
      AND (modified, dataset_id) <= (%(until)s, %(until_id)s)
    ORDER BY modified DESC, dataset_id DESC LIMIT %(rows)s)
  UNION
  (SELECT modified, dataset_id FROM dsp_offer
    WHERE operator_id = %(operator_id)s AND audience = '*' AND least_proof <= %(proof)s AND modified <= %(view)s /*typed*/
      AND (modified, dataset_id) <= (%(until)s, %(until_id)s)
    ORDER BY modified DESC, dataset_id DESC LIMIT %(rows)s)
)
SELECT modified, dataset_id FROM seen ORDER BY modified DESC, dataset_id DESC OFFSET %(rows)s - 1 LIMIT 1;

-- name: visible_dataset
SELECT d.dataset_id, d.kind, d.title, d.type_iri, d.conforms_to, d.trace_id, d.formats, d.content_hash, d.api,
       d.content_version, d.agreed_at, d.modified, o.offer_id, o.audience, o.policy, o.policy_hash
  FROM dsp_offer o JOIN dsp_dataset d ON d.operator_id = o.operator_id AND d.dataset_id = o.dataset_id
 WHERE o.operator_id = %(operator_id)s AND o.dataset_id = %(dataset_id)s AND o.audience IN (%(me)s, '*')
   AND o.least_proof <= %(proof)s
 ORDER BY o.audience = '*', o.offer_id LIMIT 1;

-- name: visible_offer
SELECT d.dataset_id, d.kind, d.title, d.type_iri, d.conforms_to, d.trace_id, d.formats, d.content_hash, d.api,
       d.content_version, d.agreed_at, d.modified, o.offer_id, o.audience, o.policy, o.policy_hash
  FROM dsp_offer o JOIN dsp_dataset d ON d.operator_id = o.operator_id AND d.dataset_id = o.dataset_id
 WHERE o.operator_id = %(operator_id)s AND o.offer_id = %(offer_id)s AND o.audience IN (%(me)s, '*')
   AND o.least_proof <= %(proof)s;

-- name: dataset_content
SELECT content FROM dsp_dataset WHERE operator_id = %(operator_id)s AND dataset_id = %(dataset_id)s;

-- name: dataset_form
SELECT kind, formats, api, reach, trace_id FROM dsp_dataset WHERE operator_id = %(operator_id)s AND dataset_id = %(dataset_id)s;

-- name: add_process
INSERT INTO dsp_process (operator_id, pid, kind, role, peer_pid, peer_did, peer_base, state, dataset_id, offer_id, agreement_id,
                         policy, policy_hash, format, data_address, purposes, script, waits_for, type_iri, created_at, updated_at)
VALUES (%(operator_id)s, %(pid)s, %(kind)s, %(role)s, %(peer_pid)s, %(peer_did)s, %(peer_base)s, %(state)s, %(dataset_id)s,
        %(offer_id)s, %(agreement_id)s, %(policy)s::jsonb, %(policy_hash)s, %(format)s, %(data_address)s::jsonb,
        %(purposes)s, %(script)s, %(waits_for)s, %(type_iri)s, %(at)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: process
SELECT operator_id, pid, kind, role, peer_pid, peer_did, peer_base, state, dataset_id, offer_id, agreement_id, policy,
       policy_hash, format, data_address, purposes, suspended_by, script, step, pending_id, pending_move, pending_state,
       pending_path, pending_body, attempts, first_try_at, next_try_at, lease_until, unsure, held, waits_for, end_code,
       type_iri, created_at, updated_at
  FROM dsp_process WHERE operator_id = %(operator_id)s AND pid = %(pid)s;

-- name: process_locked
SELECT operator_id, pid, kind, role, peer_pid, peer_did, peer_base, state, dataset_id, offer_id, agreement_id, policy,
       policy_hash, format, data_address, purposes, suspended_by, script, step, pending_id, pending_move, pending_state,
       pending_path, pending_body, attempts, first_try_at, next_try_at, lease_until, unsure, held, waits_for, end_code,
       type_iri, created_at, updated_at
  FROM dsp_process WHERE operator_id = %(operator_id)s AND pid = %(pid)s FOR UPDATE;

-- name: process_of_peer
SELECT pid FROM dsp_process
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND role = %(role)s AND peer_did = %(peer_did)s
   AND peer_pid = %(peer_pid)s;

-- name: processes
SELECT operator_id, pid, kind, role, peer_pid, peer_did, peer_base, state, dataset_id, offer_id, agreement_id, policy,
       policy_hash, format, data_address, purposes, suspended_by, script, step, pending_id, pending_move, pending_state,
       pending_path, pending_body, attempts, first_try_at, next_try_at, lease_until, unsure, held, waits_for, end_code,
       type_iri, created_at, updated_at
  FROM dsp_process
 WHERE operator_id = %(operator_id)s AND (created_at, pid) < (%(before)s, %(before_id)s)
   AND (%(agreement_id)s::text IS NULL OR agreement_id = %(agreement_id)s)
 ORDER BY created_at DESC, pid DESC LIMIT %(rows)s;

-- name: processes_about
SELECT operator_id, pid, kind, role, peer_pid, peer_did, peer_base, state, dataset_id, offer_id, agreement_id, policy,
       policy_hash, format, data_address, purposes, suspended_by, script, step, pending_id, pending_move, pending_state,
       pending_path, pending_body, attempts, first_try_at, next_try_at, lease_until, unsure, held, waits_for, end_code,
       type_iri, created_at, updated_at
  FROM dsp_process
 WHERE operator_id = %(operator_id)s AND kind = %(kind)s AND peer_did = %(peer_did)s
   AND dataset_id = %(dataset_id)s
 ORDER BY created_at DESC, pid DESC LIMIT 100;

-- name: open_interface
SELECT operator_id, pid, kind, role, peer_pid, peer_did, peer_base, state, dataset_id, offer_id, agreement_id, policy,
       policy_hash, format, data_address, purposes, suspended_by, script, step, pending_id, pending_move, pending_state,
       pending_path, pending_body, attempts, first_try_at, next_try_at, lease_until, unsure, held, waits_for, end_code,
       type_iri, created_at, updated_at
  FROM dsp_process
 WHERE operator_id = %(operator_id)s AND kind = 'transfer' AND role = 'consumer' AND peer_did = %(peer_did)s
   AND type_iri = %(type_iri)s AND state = 'STARTED' AND data_address IS NOT NULL
 ORDER BY created_at DESC, pid DESC LIMIT 1;

-- name: update_process
UPDATE dsp_process
   SET peer_pid = %(peer_pid)s, state = %(state)s, offer_id = %(offer_id)s, agreement_id = %(agreement_id)s,
       policy = %(policy)s::jsonb, policy_hash = %(policy_hash)s, data_address = %(data_address)s::jsonb,
       suspended_by = %(suspended_by)s, step = %(step)s, pending_id = %(pending_id)s, pending_move = %(pending_move)s,
       pending_state = %(pending_state)s, pending_path = %(pending_path)s, pending_body = %(pending_body)s,
       attempts = %(attempts)s, first_try_at = %(first_try_at)s, next_try_at = %(next_try_at)s,
       lease_until = %(lease_until)s, unsure = %(unsure)s, held = %(held)s, waits_for = %(waits_for)s,
       end_code = %(end_code)s, updated_at = %(updated_at)s
 WHERE operator_id = %(operator_id)s AND pid = %(pid)s;

-- name: left_to_send
-- Processes whose message should have gone out by now: a worker died, or a job was lost. Across companies.
SELECT operator_id, pid, pending_id FROM dsp_process
 WHERE pending_id IS NOT NULL AND held IS NULL AND next_try_at < %(before)s
 ORDER BY next_try_at LIMIT %(rows)s;

-- name: keep_message
INSERT INTO dsp_message (operator_id, pid, message_id, inbound, move, body_hash, at)
VALUES (%(operator_id)s, %(pid)s, %(message_id)s, %(inbound)s, %(move)s, %(body_hash)s, %(at)s);

-- name: message_known
SELECT EXISTS (SELECT 1 FROM dsp_message
  WHERE operator_id = %(operator_id)s AND pid = %(pid)s AND body_hash = %(body_hash)s AND inbound);

-- name: messages
SELECT move, inbound, at FROM dsp_message WHERE operator_id = %(operator_id)s AND pid = %(pid)s ORDER BY at, message_id;

-- name: add_agreement
INSERT INTO dsp_agreement (operator_id, agreement_id, role, pid, peer_did, dataset_id, content_version, policy, policy_hash,
                           body, agreed_at, finalized_at, ends_at)
VALUES (%(operator_id)s, %(agreement_id)s, %(role)s, %(pid)s, %(peer_did)s, %(dataset_id)s, %(content_version)s,
        %(policy)s::jsonb, %(policy_hash)s, %(body)s::jsonb, %(at)s, %(finalized_at)s, %(ends_at)s)
ON CONFLICT (operator_id, agreement_id) DO NOTHING;

-- name: agreement
SELECT agreement_id, role, pid, peer_did, dataset_id, content_version, policy, policy_hash, body, uses, agreed_at, finalized_at,
       ends_at, ended_at, end_reason
  FROM dsp_agreement WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s;

-- name: agreements
SELECT agreement_id, role, pid, peer_did, dataset_id, content_version, policy, policy_hash, body, uses, agreed_at, finalized_at,
       ends_at, ended_at, end_reason
  FROM dsp_agreement
 WHERE operator_id = %(operator_id)s AND (agreed_at, agreement_id) < (%(before)s, %(before_id)s)
 ORDER BY agreed_at DESC, agreement_id DESC LIMIT %(rows)s;

-- name: agreed_on
-- (kind of dataset, trace id) that a partner has a living agreement on, with what was agreed.
SELECT d.kind, d.trace_id, a.policy, a.finalized_at
  FROM dsp_agreement a JOIN dsp_dataset d ON d.operator_id = a.operator_id AND d.dataset_id = a.dataset_id
 WHERE a.operator_id = %(operator_id)s AND a.role = 'provider' AND a.peer_did = %(did)s AND d.trace_id IS NOT NULL
   AND a.finalized_at IS NOT NULL AND a.ended_at IS NULL AND (a.ends_at IS NULL OR a.ends_at > %(now)s);

-- name: finalize_agreement
UPDATE dsp_agreement SET finalized_at = %(at)s, ends_at = %(ends_at)s
 WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s AND finalized_at IS NULL;

-- name: end_agreement
UPDATE dsp_agreement SET ended_at = %(at)s, end_reason = %(reason)s
 WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s AND ended_at IS NULL;

-- name: count_use
-- One more successful call, unless the count has reached its limit meanwhile. The row's lock makes the count exact.
UPDATE dsp_agreement SET uses = uses + 1
 WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s AND uses = %(seen)s;

-- name: uncount_use
-- The call that was counted did not succeed.
UPDATE dsp_agreement SET uses = uses - 1
 WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s AND uses > 0;

-- name: agreement_locked
SELECT agreement_id, role, pid, peer_did, dataset_id, content_version, policy, policy_hash, body, uses, agreed_at, finalized_at,
       ends_at, ended_at, end_reason
  FROM dsp_agreement WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s FOR UPDATE;

-- name: agreements_past_end
-- Across companies.
SELECT operator_id, agreement_id FROM dsp_agreement
 WHERE ended_at IS NULL AND ends_at IS NOT NULL AND ends_at <= %(now)s ORDER BY ends_at LIMIT %(rows)s;

-- name: open_transfers
SELECT pid FROM dsp_process
 WHERE operator_id = %(operator_id)s AND agreement_id = %(agreement_id)s AND kind = 'transfer'
   AND state IN ('REQUESTED', 'STARTED', 'SUSPENDED')
 ORDER BY created_at;

-- name: open_with_peer
SELECT pid FROM dsp_process
 WHERE operator_id = %(operator_id)s AND peer_did = %(peer_did)s
   AND state IN ('REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED', 'STARTED', 'SUSPENDED')
 ORDER BY created_at;

-- name: add_token
INSERT INTO dsp_token (operator_id, token_hash, pid, refresh, generation, expires_at)
VALUES (%(operator_id)s, %(token_hash)s, %(pid)s, %(refresh)s, %(generation)s, %(expires_at)s)
ON CONFLICT DO NOTHING;

-- name: token
-- Across companies: the token itself says whose it is.
SELECT operator_id, pid, refresh, generation, expires_at FROM dsp_token WHERE token_hash = %(token_hash)s;

-- name: latest_refresh
SELECT max(generation) FROM dsp_token WHERE operator_id = %(operator_id)s AND pid = %(pid)s AND refresh;

-- name: retire_refresh
DELETE FROM dsp_token
 WHERE operator_id = %(operator_id)s AND pid = %(pid)s AND refresh AND generation < %(generation)s;

-- name: drop_tokens
DELETE FROM dsp_token WHERE operator_id = %(operator_id)s AND pid = %(pid)s;

-- name: forget_tokens
DELETE FROM dsp_token WHERE (operator_id, token_hash) IN
  (SELECT operator_id, token_hash FROM dsp_token WHERE expires_at < %(before)s LIMIT %(rows)s);

-- name: use_request_token
-- 1: never seen before; 0: replayed.
INSERT INTO dataspace_replay (operator_id, issuer, jti, until) VALUES (%(operator_id)s, %(issuer)s, %(jti)s, %(until)s)
ON CONFLICT DO NOTHING;

-- name: forget_request_tokens
DELETE FROM dataspace_replay WHERE (operator_id, issuer, jti) IN
  (SELECT operator_id, issuer, jti FROM dataspace_replay WHERE until < %(before)s LIMIT %(rows)s);

-- name: keep_copy
INSERT INTO dsp_copy (operator_id, pid, agreement_id, dataset_id, peer_did, envelope, content_hash, received_at, delete_after)
VALUES (%(operator_id)s, %(pid)s, %(agreement_id)s, %(dataset_id)s, %(peer_did)s, %(envelope)s::jsonb, %(content_hash)s,
        %(at)s, %(delete_after)s)
ON CONFLICT (operator_id, pid) DO NOTHING;

-- name: copies
SELECT pid, agreement_id, dataset_id, peer_did, envelope, content_hash, received_at, delete_after, deleted_at
  FROM dsp_copy WHERE operator_id = %(operator_id)s AND (%(pid)s::text IS NULL OR pid = %(pid)s)
 ORDER BY received_at DESC LIMIT %(rows)s;

-- name: copies_past_end
-- Across companies.
SELECT operator_id, pid FROM dsp_copy
 WHERE deleted_at IS NULL AND delete_after IS NOT NULL AND delete_after <= %(now)s LIMIT %(rows)s;

-- name: delete_copy
UPDATE dsp_copy SET envelope = NULL, deleted_at = %(at)s
 WHERE operator_id = %(operator_id)s AND pid = %(pid)s AND deleted_at IS NULL;
