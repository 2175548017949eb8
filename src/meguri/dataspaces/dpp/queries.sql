-- name: provider
SELECT * FROM dpp_backup_provider WHERE operator_id = %(operator_id)s;

-- name: name_provider
-- A key that is left out stays while the address does.
INSERT INTO dpp_backup_provider (operator_id, address, key_sealed, named_at, next_at)
VALUES (%(operator_id)s, %(address)s, %(key_sealed)s, %(at)s, %(at)s)
    ON CONFLICT (operator_id) DO UPDATE
   SET address = EXCLUDED.address, named_at = EXCLUDED.named_at, next_at = EXCLUDED.next_at, failures = 0, trouble = NULL,
       key_sealed = CASE WHEN EXCLUDED.key_sealed IS NULL AND dpp_backup_provider.address = EXCLUDED.address
                         THEN dpp_backup_provider.key_sealed ELSE EXCLUDED.key_sealed END;

-- name: forget_provider
DELETE FROM dpp_backup_provider WHERE operator_id = %(operator_id)s;

-- name: due_providers
-- Across companies. out: operator_id
SELECT operator_id FROM dpp_backup_provider WHERE next_at <= %(at)s ORDER BY next_at LIMIT 100;

-- name: note_try
UPDATE dpp_backup_provider
   SET tried_at = %(at)s, next_at = %(next_at)s, failures = %(failures)s, copied = %(copied)s, refused = %(refused)s,
       trouble = %(trouble)s, succeeded_at = CASE WHEN %(trouble)s::text IS NULL THEN %(at)s ELSE succeeded_at END
 WHERE operator_id = %(operator_id)s;
