-- name: add
INSERT INTO footprint_reduction (operator_id, reduction_id, side, partner_id, trade_id, trace_id, part_name, baseline, target,
  due, state, message, version, created_at, updated_at)
VALUES (%(operator_id)s, %(reduction_id)s, %(side)s, %(partner_id)s, %(trade_id)s, %(trace_id)s, %(part_name)s, %(baseline)s,
  %(target)s, %(due)s, 'asked', %(message)s, 1, %(now)s, %(now)s);

-- name: one
SELECT reduction_id, side, partner_id, trade_id, trace_id, part_name, baseline, target, due, state, message, reply, version,
       created_at, updated_at
  FROM footprint_reduction WHERE operator_id = %(operator_id)s AND reduction_id = %(reduction_id)s;

-- name: all
SELECT reduction_id, side, partner_id, trade_id, trace_id, part_name, baseline, target, due, state, message, reply, version,
       created_at, updated_at
  FROM footprint_reduction WHERE operator_id = %(operator_id)s ORDER BY reduction_id DESC LIMIT %(limit)s;

-- name: settle
-- Both halves. in: operators uuid[]
UPDATE footprint_reduction SET state = %(state)s, reply = coalesce(%(reply)s, reply), version = version + 1, updated_at = %(now)s
 WHERE operator_id = ANY(%(operators)s) AND reduction_id = %(reduction_id)s AND state = ANY(%(before)s);
