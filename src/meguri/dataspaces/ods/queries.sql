-- name: save_list
INSERT INTO ods_target_list (operator_id, list_id, name, target_ids, updated_at)
VALUES (%(operator_id)s, %(list_id)s, %(name)s, %(target_ids)s, %(at)s)
ON CONFLICT (operator_id, list_id) DO UPDATE SET name = EXCLUDED.name, target_ids = EXCLUDED.target_ids, updated_at = EXCLUDED.updated_at;

-- name: lists
SELECT list_id, name, target_ids, updated_at FROM ods_target_list
 WHERE operator_id = %(operator_id)s AND (%(list_ids)s::uuid[] IS NULL OR list_id = ANY(%(list_ids)s::uuid[]))
 ORDER BY list_id OFFSET %(skip)s LIMIT %(rows)s;

-- name: drop_list
DELETE FROM ods_target_list WHERE operator_id = %(operator_id)s AND list_id = %(list_id)s;

-- name: other_pair
-- Whether a type's code or name is known with another partner. Across companies.
SELECT EXISTS (SELECT 1 FROM ods_notification WHERE type_code = %(type_code)s AND type_name <> %(type_name)s)
    OR EXISTS (SELECT 1 FROM ods_notification WHERE type_name = %(type_name)s AND type_code <> %(type_code)s);

-- name: add_notification
INSERT INTO ods_notification (operator_id, notification_id, type_code, type_name, title, content, data_id, created_at, updated_at)
VALUES (%(operator_id)s, %(notification_id)s, %(type_code)s, %(type_name)s, %(title)s, %(content)s, %(data_id)s, %(at)s, %(at)s);

-- name: add_recipients
INSERT INTO ods_recipient (operator_id, notification_id, sender_id)
SELECT unnest(%(targets)s::uuid[]), %(notification_id)s, %(sender_id)s ON CONFLICT DO NOTHING;

-- name: addressed
-- What was sent to the caller, newest first; what was taken back only when it is asked for. Across companies: the sender's row, by the recipient's.
SELECT n.operator_id, n.notification_id, n.type_code, n.type_name, n.title, n.content, n.data_id, n.status, n.created_at, n.updated_at
  FROM ods_recipient r JOIN ods_notification n ON n.operator_id = r.sender_id AND n.notification_id = r.notification_id
 WHERE r.operator_id = %(me)s AND (n.status = %(status)s OR (%(status)s::text IS NULL AND n.status <> 'deleted'))
 ORDER BY n.notification_id DESC OFFSET %(skip)s LIMIT %(rows)s;

-- name: notification
SELECT n.operator_id, n.notification_id, n.type_code, n.type_name, n.title, n.content, n.data_id, n.status, n.created_at, n.updated_at
  FROM ods_notification n
 WHERE n.notification_id = %(notification_id)s
   AND (n.operator_id = %(me)s OR EXISTS (SELECT 1 FROM ods_recipient r
         WHERE r.operator_id = %(me)s AND r.notification_id = n.notification_id AND r.sender_id = n.operator_id));

-- name: recipients
SELECT operator_id, received_at, data_received_at FROM ods_recipient
 WHERE sender_id = %(sender_id)s AND notification_id = %(notification_id)s AND (%(only)s::uuid IS NULL OR operator_id = %(only)s)
 ORDER BY operator_id;

-- name: change_notification
UPDATE ods_notification SET title = %(title)s, content = %(content)s, status = %(status)s, updated_at = %(at)s
 WHERE operator_id = %(operator_id)s AND notification_id = %(notification_id)s;

-- name: receive
UPDATE ods_recipient SET received_at = coalesce(received_at, %(at)s)
 WHERE operator_id = %(me)s AND notification_id = %(notification_id)s;

-- name: receive_data
UPDATE ods_recipient SET data_received_at = coalesce(data_received_at, %(at)s)
 WHERE operator_id = %(me)s AND notification_id = %(notification_id)s;

-- name: permissions
-- own: what was decided for this operator itself; by_group: whether a group of its has access; anybody: whether anybody was given it.
SELECT (SELECT allowed FROM ods_permission WHERE operator_id = %(operator_id)s AND endpoint_id = %(endpoint_id)s) AS own,
       EXISTS (SELECT FROM ods_group_permission AS given JOIN ods_group_member AS member USING (group_id)
                WHERE given.endpoint_id = %(endpoint_id)s AND member.operator_id = %(operator_id)s) AS by_group,
       EXISTS (SELECT FROM ods_permission WHERE endpoint_id = %(endpoint_id)s AND allowed)
         OR EXISTS (SELECT FROM ods_group_permission WHERE endpoint_id = %(endpoint_id)s) AS anybody;

-- name: give
INSERT INTO ods_permission (operator_id, endpoint_id, allowed) VALUES (%(operator_id)s, %(endpoint_id)s, true)
ON CONFLICT (operator_id, endpoint_id) DO UPDATE SET allowed = true;

-- name: take
DELETE FROM ods_permission WHERE operator_id = %(operator_id)s AND endpoint_id = %(endpoint_id)s;

-- name: join
INSERT INTO ods_group_member (operator_id, group_id) VALUES (%(operator_id)s, %(group_id)s) ON CONFLICT DO NOTHING;

-- name: leave
DELETE FROM ods_group_member WHERE operator_id = %(operator_id)s AND group_id = %(group_id)s;

-- name: give_group
INSERT INTO ods_group_permission (operator_id, endpoint_id, group_id)
VALUES (%(operator_id)s, %(endpoint_id)s, %(group_id)s) ON CONFLICT DO NOTHING;

-- name: take_group
DELETE FROM ods_group_permission
 WHERE operator_id = %(operator_id)s AND endpoint_id = %(endpoint_id)s AND group_id = %(group_id)s;

-- name: tuples
SELECT who, relation, what FROM (
  SELECT 'user:' || operator_id AS who, 'can_access' AS relation, 'endpoint:' || endpoint_id AS what FROM ods_permission WHERE allowed
  UNION ALL SELECT 'user:' || operator_id, 'member', 'group:' || group_id FROM ods_group_member
  UNION ALL SELECT 'group:' || group_id || '#member', 'can_access', 'endpoint:' || endpoint_id FROM ods_group_permission
) AS relations ORDER BY what COLLATE "C", who COLLATE "C", relation LIMIT 10000;

-- name: register
INSERT INTO ods_registration (operator_id, registration_id, domain, keys, service, expires_at)
VALUES (%(operator_id)s, %(registration_id)s, %(domain)s, %(keys)s, %(service)s::jsonb, %(expires_at)s);

-- name: registrations
SELECT count(*) FROM ods_registration WHERE operator_id = %(operator_id)s AND expires_at > %(now)s;

-- name: renew
UPDATE ods_registration SET expires_at = %(expires_at)s
 WHERE operator_id = %(operator_id)s AND registration_id = %(registration_id)s AND expires_at > %(now)s;

-- name: unregister
DELETE FROM ods_registration WHERE operator_id = %(operator_id)s AND registration_id = %(registration_id)s;

-- name: find
SELECT service FROM ods_registration
 WHERE keys @> %(keys)s::text[] AND expires_at > %(now)s
   AND (%(words)s::text IS NULL OR service::text ILIKE %(words)s)
 ORDER BY registration_id LIMIT %(rows)s;

-- name: finder
SELECT DISTINCT domain FROM ods_registration WHERE domain = %(domain)s AND expires_at > %(now)s;
