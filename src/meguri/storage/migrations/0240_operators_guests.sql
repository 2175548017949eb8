-- A supplier that answers by a link and has no account is an operator like any other, seen by itself and by the company that
-- asked it alone: a directory that named everybody's suppliers would give away who buys from whom.
ALTER TABLE operator ADD COLUMN guest_of uuid;
DROP POLICY directory ON operator;
CREATE POLICY directory ON operator FOR SELECT TO meguri_app USING ((SELECT meguri_operator()) IS NOT NULL
  AND (guest_of IS NULL OR guest_of = (SELECT meguri_operator()) OR operator_id = (SELECT meguri_operator())));
GRANT UPDATE (guest_of, open_operator_id) ON operator TO meguri_app;

-- The public number of a company stays for ever; a guest has none yet and gets it when it joins.
CREATE FUNCTION meguri_public_number_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.guest_of IS NULL AND (NEW.open_operator_id <> OLD.open_operator_id OR NEW.guest_of IS NOT NULL) THEN
    RAISE EXCEPTION 'the public number of a company stays for ever' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER public_number_stays BEFORE UPDATE OF open_operator_id, guest_of ON operator
  FOR EACH ROW EXECUTE FUNCTION meguri_public_number_stays();
