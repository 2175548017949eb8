-- How it was proved who a company is, for all who deal with it; recorded by the platform's operator alone. NULL: nothing recorded.
ALTER TABLE operator
  ADD COLUMN proof text CHECK (proof IN ('self_declared', 'number_and_mail', 'representative', 'qualified_seal')),
  ADD COLUMN proved_at timestamptz;
-- No company says it of itself: it adds its own row without it.
REVOKE INSERT ON operator FROM meguri_app;
GRANT INSERT (operator_id, name, search_name, address, open_operator_id, global_operator_id, lei, gln, synthetic, guest_of, version,
              created_at, updated_at) ON operator TO meguri_app;
CREATE POLICY proof_recorded ON operator FOR UPDATE TO meguri_identity USING (guest_of IS NULL) WITH CHECK (guest_of IS NULL);
GRANT UPDATE (proof, proved_at) ON operator TO meguri_identity;
UPDATE operator o SET proof = a.proof, proved_at = a.admitted_at FROM platform_admission a WHERE a.operator_id = o.operator_id;
