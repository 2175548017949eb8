-- How well a company wants to know that another is who it says, before anything is disclosed to it.
ALTER TABLE operator_setting
  ADD COLUMN least_proof text NOT NULL DEFAULT 'self_declared'
    CHECK (least_proof IN ('self_declared', 'number_and_mail', 'representative', 'qualified_seal'));
