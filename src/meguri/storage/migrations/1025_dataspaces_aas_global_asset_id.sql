-- Shells are found by their global asset id as well.
CREATE INDEX aas_shell_by_asset ON aas_shell (operator_id, global_asset_id);
