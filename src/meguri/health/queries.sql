-- name: add_upload
INSERT INTO health_upload (operator_id, upload_id, file_name, sha256, size, kind, quality, created_at)
VALUES (%(operator_id)s, %(upload_id)s, %(file_name)s, %(sha256)s, %(size)s, %(kind)s, %(quality)s, %(now)s)

-- name: upload
SELECT upload_id, file_name, sha256, size, kind, quality, created_at
  FROM health_upload
 WHERE operator_id = %(operator_id)s AND upload_id = %(upload_id)s

-- name: uploads
SELECT upload_id, file_name, sha256, size, kind, quality, created_at
  FROM health_upload
 WHERE operator_id = %(operator_id)s AND (%(after)s::uuid IS NULL OR upload_id < %(after)s::uuid)
 ORDER BY upload_id DESC
 LIMIT %(limit)s

-- name: add_assessment
INSERT INTO health_assessment (operator_id, assessment_id, battery_id, upload_id, state, meta, options, created_at)
VALUES (%(operator_id)s, %(assessment_id)s, %(battery_id)s, %(upload_id)s, %(state)s, %(meta)s, %(options)s, %(now)s)

-- name: finish_assessment
UPDATE health_assessment
   SET state = %(state)s, body = %(body)s::jsonb, error = %(error)s::jsonb, finished_at = %(now)s
 WHERE operator_id = %(operator_id)s AND assessment_id = %(assessment_id)s AND state IN ('waiting', 'running')

-- name: assessment
SELECT assessment_id, battery_id, upload_id, state, meta, options, body, error, created_at, finished_at
  FROM health_assessment
 WHERE operator_id = %(operator_id)s AND assessment_id = %(assessment_id)s

-- name: assessments
SELECT assessment_id, battery_id, upload_id, state, meta, options, body, error, created_at, finished_at
  FROM health_assessment
 WHERE operator_id = %(operator_id)s
   AND (%(battery_id)s::uuid IS NULL OR battery_id = %(battery_id)s::uuid)
   AND (%(after)s::uuid IS NULL OR assessment_id < %(after)s::uuid)
 ORDER BY assessment_id DESC
 LIMIT %(limit)s

-- name: add_result
INSERT INTO health_result
  (operator_id, result_id, battery_id, source_id, source, quantity, method, status, value, lower, upper, body,
   measured_at, created_at)
VALUES (%(operator_id)s, %(result_id)s, %(battery_id)s, %(source_id)s, %(source)s, %(quantity)s, %(method)s, %(status)s,
        %(value)s, %(lower)s, %(upper)s, %(body)s, %(measured_at)s, %(now)s)

-- name: latest_by_method
SELECT DISTINCT ON (quantity, method, source, CASE WHEN source = 'firm' THEN body->>'model_id' END)
       result_id, battery_id, source_id, source, quantity, method, status, value, lower, upper, body, measured_at, created_at
  FROM health_result
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND measured_at <= %(at)s
 ORDER BY quantity, method, source, CASE WHEN source = 'firm' THEN body->>'model_id' END, measured_at DESC, result_id DESC

-- name: history
SELECT result_id, battery_id, source_id, source, quantity, method, status, value, lower, upper, body, measured_at, created_at
  FROM health_result
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s AND quantity = %(quantity)s AND status = 'ok'
 ORDER BY measured_at, result_id
 LIMIT %(limit)s

-- name: results_of
SELECT result_id, battery_id, source_id, source, quantity, method, status, value, lower, upper, body, measured_at, created_at
  FROM health_result
 WHERE operator_id = %(operator_id)s AND source_id = %(source_id)s
 ORDER BY result_id

-- name: add_finding
INSERT INTO health_finding
  (operator_id, finding_id, battery_id, source_id, quantity, kind, status, truth, value, lower, upper, reasons, measured_at)
VALUES (%(operator_id)s, %(finding_id)s, %(battery_id)s, %(source_id)s, %(quantity)s, %(kind)s, %(status)s, %(truth)s,
        %(value)s, %(lower)s, %(upper)s, %(reasons)s, %(measured_at)s)

-- name: findings
SELECT finding_id, battery_id, source_id, quantity, kind, status, truth, value, lower, upper, reasons, measured_at
  FROM health_finding
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
 ORDER BY measured_at, finding_id
 LIMIT %(limit)s

-- name: add_check
INSERT INTO health_check (operator_id, check_id, battery_id, of_model, predicted, lower, upper, measured, at)
VALUES (%(operator_id)s, %(check_id)s, %(battery_id)s, %(of_model)s, %(predicted)s, %(lower)s, %(upper)s, %(measured)s, %(now)s)

-- name: checks
SELECT check_id, battery_id, of_model, predicted, lower, upper, measured, at
  FROM health_check
 WHERE operator_id = %(operator_id)s AND of_model = %(of_model)s
 ORDER BY check_id DESC
 LIMIT %(limit)s

-- name: add_firm
INSERT INTO health_firm (operator_id, firm_id, name, public_key, created_at)
VALUES (%(operator_id)s, %(firm_id)s, %(name)s, %(public_key)s, %(now)s)

-- name: firms
SELECT firm_id, name, public_key, created_at, revoked_at
  FROM health_firm
 WHERE operator_id = %(operator_id)s
 ORDER BY firm_id DESC

-- name: firm
SELECT firm_id, name, public_key, created_at, revoked_at
  FROM health_firm
 WHERE operator_id = %(operator_id)s AND firm_id = %(firm_id)s

-- name: revoke_firm
UPDATE health_firm SET revoked_at = %(now)s
 WHERE operator_id = %(operator_id)s AND firm_id = %(firm_id)s AND revoked_at IS NULL

-- name: add_order
INSERT INTO health_order (operator_id, order_id, battery_id, firm_id, note, ordered_at)
VALUES (%(operator_id)s, %(order_id)s, %(battery_id)s, %(firm_id)s, %(note)s, %(now)s)

-- name: deliver_order
UPDATE health_order SET document = %(document)s, delivered_at = %(now)s
 WHERE operator_id = %(operator_id)s AND order_id = %(order_id)s AND delivered_at IS NULL

-- name: order
SELECT order_id, battery_id, firm_id, note, document, ordered_at, delivered_at
  FROM health_order
 WHERE operator_id = %(operator_id)s AND order_id = %(order_id)s

-- name: orders
SELECT order_id, battery_id, firm_id, note, document, ordered_at, delivered_at
  FROM health_order
 WHERE operator_id = %(operator_id)s AND (%(battery_id)s::uuid IS NULL OR battery_id = %(battery_id)s::uuid)
 ORDER BY order_id DESC
 LIMIT %(limit)s

-- name: add_births
INSERT INTO health_birth (operator_id, serial, level, capacity_ah, resistance_ohm, ocv_volt, measured_on, sha256, row, created_at)
SELECT %(operator_id)s, one.serial, one.level, one.capacity_ah, one.resistance_ohm, one.ocv_volt, one.measured_on,
       %(sha256)s, one.row, %(now)s
  FROM jsonb_to_recordset(%(births)s::jsonb)
    AS one (serial text, level text, capacity_ah float8, resistance_ohm float8, ocv_volt float8, measured_on date, row integer)
ON CONFLICT (operator_id, serial) DO NOTHING

-- name: birth
SELECT serial, level, capacity_ah, resistance_ohm, ocv_volt, measured_on, sha256, row
  FROM health_birth
 WHERE operator_id = %(operator_id)s AND serial = %(serial)s

-- name: births
SELECT serial, level, capacity_ah, resistance_ohm, ocv_volt, measured_on, sha256, row
  FROM health_birth
 WHERE operator_id = %(operator_id)s AND (%(after)s::text IS NULL OR serial > %(after)s::text COLLATE "C")
 ORDER BY serial COLLATE "C"
 LIMIT %(limit)s

-- name: add_reader
INSERT INTO health_reader (operator_id, reader_id, battery_id, company_id, ground, purpose, until, created_at)
VALUES (%(operator_id)s, %(reader_id)s, %(battery_id)s, %(company_id)s, %(ground)s, %(purpose)s, %(until)s, %(now)s)

-- name: readers
SELECT reader_id, battery_id, company_id, ground, purpose, until, created_at, ended_at
  FROM health_reader
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
 ORDER BY reader_id DESC

-- name: reader
SELECT reader_id, battery_id, company_id, ground, purpose, until, created_at, ended_at
  FROM health_reader
 WHERE operator_id = %(operator_id)s AND reader_id = %(reader_id)s

-- name: end_reader
UPDATE health_reader
   SET ended_at = %(now)s
 WHERE operator_id = %(operator_id)s AND reader_id = %(reader_id)s AND ended_at IS NULL

-- name: rights_of_company
-- across: what others let a company read today
SELECT operator_id AS holder_id, reader_id, battery_id, ground, purpose, until
  FROM health_reader
 WHERE company_id = %(company_id)s
   AND (%(battery_id)s::uuid IS NULL OR battery_id = %(battery_id)s::uuid)
   AND ended_at IS NULL AND until >= %(today)s
 ORDER BY reader_id DESC

-- name: add_reading
INSERT INTO health_reading (operator_id, reading_id, battery_id, reader_id, company_id, actor, ground, purpose, read_at)
VALUES (%(operator_id)s, %(reading_id)s, %(battery_id)s, %(reader_id)s, %(company_id)s, %(actor)s, %(ground)s, %(purpose)s, %(now)s)

-- name: readings
SELECT reading_id, battery_id, reader_id, company_id, actor, ground, purpose, read_at
  FROM health_reading
 WHERE operator_id = %(operator_id)s AND battery_id = %(battery_id)s
   AND (%(after)s::uuid IS NULL OR reading_id < %(after)s::uuid)
 ORDER BY reading_id DESC
 LIMIT %(limit)s
