-- name: keep_track
-- A write that was done under this number.
INSERT INTO ouranos_track (operator_id, track_id, at) VALUES (%(operator_id)s, %(track_id)s, %(at)s);

-- name: tracks
-- Own writes by their numbers. in: track_ids text[]
SELECT track_id, at FROM ouranos_track
 WHERE operator_id = %(operator_id)s AND track_id = ANY(%(track_ids)s::text[])
 ORDER BY track_id COLLATE "C";

-- name: forget_tracks
-- Some writes that were done before a moment, of all operators.
DELETE FROM ouranos_track t
 USING (SELECT operator_id, track_id FROM ouranos_track WHERE at < %(before)s LIMIT %(count)s) old
 WHERE t.operator_id = old.operator_id AND t.track_id = old.track_id;
