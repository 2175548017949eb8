-- Who suspended a link may resume it; a partner's shadow has an id that only its DID gives, never one that it chooses.
-- suspended_by: our own people, the partner, or a key of the partner's that is not trusted any more.
ALTER TABLE federation_link ADD COLUMN peer_number text NOT NULL DEFAULT '';
ALTER TABLE federation_link ADD COLUMN suspended_by text CHECK (suspended_by IN ('us', 'peer', 'key'));
UPDATE federation_link SET suspended_by = 'us' WHERE state = 'SUSPENDED';
UPDATE federation_link
   SET partner_operator_id = encode(substr(sha256(convert_to('meguri-fed ' || peer_did, 'UTF8')), 1, 16), 'hex')::uuid
 WHERE state = 'PROPOSED';
