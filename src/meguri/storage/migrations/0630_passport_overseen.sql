-- What an authority searches by: the published passports of single products of all companies, found by index alone.
-- The first serves the list (latest change first, of one kind and state or of all) and the counts without looking at a row.
CREATE INDEX passport_overseen ON passport (coalesce(category, ''), state, updated_at DESC, passport_id DESC) INCLUDE (operator_id)
  WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived');
CREATE INDEX passport_overseen_by_serial ON passport (serial COLLATE "C")
  WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived');
CREATE INDEX passport_overseen_by_product ON passport (product_key COLLATE "C")
  WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived');
CREATE INDEX passport_overseen_by_model ON passport (model_name COLLATE "C")
  WHERE live AND granularity = 'item' AND state IN ('Active', 'Inactive', 'Archived');
