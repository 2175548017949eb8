-- What reporters send with a grievance: sealed like their words, and gone with them.
CREATE TABLE diligence_case_file (
  operator_id uuid        NOT NULL,
  case_id     uuid        NOT NULL,
  file_id     uuid        NOT NULL,
  at          timestamptz NOT NULL,
  size        integer     NOT NULL,
  sealed_name bytea       NOT NULL,
  sealed      bytea       NOT NULL,
  PRIMARY KEY (operator_id, case_id, file_id)
);
CALL meguri_tenant_table('diligence_case_file');
