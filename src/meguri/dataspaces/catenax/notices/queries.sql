-- name: add_notice
INSERT INTO dataspace_notice (operator_id, notice_id, inbound, peer_did, message_id, action, pid, body, body_hash, at)
VALUES (%(operator_id)s, %(notice_id)s, %(inbound)s, %(peer_did)s, %(message_id)s, %(action)s, %(pid)s, %(body)s::jsonb,
        %(body_hash)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: known_notice
SELECT body_hash FROM dataspace_notice
 WHERE operator_id = %(operator_id)s AND peer_did = %(peer_did)s AND inbound AND message_id = %(message_id)s;

-- name: notice
SELECT notice_id, inbound, peer_did, message_id, action, pid, body, body_hash, at, told_at, trouble
  FROM dataspace_notice WHERE operator_id = %(operator_id)s AND notice_id = %(notice_id)s;

-- name: notices
SELECT notice_id, inbound, peer_did, message_id, action, pid, body, body_hash, at, told_at, trouble
  FROM dataspace_notice
 WHERE operator_id = %(operator_id)s AND (at, notice_id) < (%(before)s, %(before_id)s)
 ORDER BY at DESC, notice_id DESC LIMIT %(rows)s;

-- name: settle_notice
UPDATE dataspace_notice SET told_at = %(told_at)s, trouble = %(trouble)s
 WHERE operator_id = %(operator_id)s AND notice_id = %(notice_id)s;
