-- name: routes
SELECT definition FROM ods_route WHERE operator_id = %(operator_id)s ORDER BY route_id COLLATE "C";

-- name: keep
INSERT INTO ods_route (operator_id, route_id, definition, updated_at)
VALUES (%(operator_id)s, %(route_id)s, %(definition)s, %(at)s)
ON CONFLICT (operator_id, route_id) DO UPDATE SET definition = EXCLUDED.definition, updated_at = EXCLUDED.updated_at;

-- name: drop
DELETE FROM ods_route WHERE operator_id = %(operator_id)s AND route_id = %(route_id)s;
