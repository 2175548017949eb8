-- API keys as clients of the token flows (OAuth 2.0).

-- redirect_uris: where a person's browser may be sent back to with a code; empty for a key that signs nobody in.
ALTER TABLE api_key ADD COLUMN redirect_uris text[] NOT NULL DEFAULT '{}';

-- client_id: the key whose program the tokens were given to, which alone may refresh them; NULL for a sign-in of the person's own.
ALTER TABLE refresh_family ADD COLUMN client_id uuid;
CREATE INDEX refresh_family_of_client ON refresh_family (client_id) WHERE client_id IS NOT NULL;
