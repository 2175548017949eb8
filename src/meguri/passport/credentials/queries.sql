-- name: records
-- The present rows of passports.
SELECT * FROM passport WHERE passport_id = ANY(%(passports)s) AND live;

-- name: add
INSERT INTO passport_credential (operator_id, credential_id, passport_id, version, slice, document, issued_at)
SELECT * FROM unnest(%(operators)s::uuid[], %(credentials)s::uuid[], %(passports)s::uuid[], %(versions)s::integer[],
                     %(slices)s::text[], %(documents)s::text[], %(moments)s::timestamptz[])
ON CONFLICT (operator_id, passport_id, version, slice) DO NOTHING;

-- name: current
-- Credentials of passports that are not revoked. out: operator_id, credential_id, passport_id, version, slice
SELECT operator_id, credential_id, passport_id, version, slice FROM passport_credential
 WHERE passport_id = ANY(%(passports)s) AND revoked_at IS NULL;

-- name: revoke
UPDATE passport_credential SET revoked_at = %(at)s
 WHERE operator_id = %(operator_id)s AND credential_id = ANY(%(credentials)s) AND revoked_at IS NULL;

-- name: document_of
SELECT document FROM passport_credential
 WHERE operator_id = %(operator_id)s AND passport_id = %(passport_id)s AND version = %(version)s AND slice = %(slice)s;

-- name: forget
UPDATE passport_credential SET document = ''
 WHERE passport_id = %(passport_id)s AND slice = ANY(%(slices)s::text[]) AND version < %(before)s;

-- name: successor_of
-- The version that took the place of a revoked credential's. out: version of the passport now
SELECT now.version FROM passport_credential AS one
  JOIN passport AS now ON now.passport_id = one.passport_id AND now.live
 WHERE one.credential_id = %(credential_id)s AND now.version > one.version;

-- name: token_of
-- One row stands for all tokens (SD-JWT) over a version. out: its credential_id
INSERT INTO passport_credential (operator_id, credential_id, passport_id, version, slice, document, issued_at)
VALUES (%(operator_id)s, %(credential_id)s, %(passport_id)s, %(version)s, 'sd-jwt', '', %(at)s)
    ON CONFLICT (operator_id, passport_id, version, slice) DO UPDATE SET slice = EXCLUDED.slice
RETURNING credential_id;

-- name: later_version
SELECT version FROM passport WHERE dpp_key = %(key)s AND live AND state <> 'Draft' AND version > %(version)s;
