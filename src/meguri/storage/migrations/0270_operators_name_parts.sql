-- A directory that is searched by key. Row-level security lets an index be used only with conditions that cannot leak what
-- they are shown: comparing texts is one, looking for a text within another is not. So each name is kept once from every of
-- its characters on (but the first: beginnings are found by the name itself), and “contains” becomes “begins with”.
CREATE TABLE operator_name_part (
  operator_id uuid             NOT NULL,
  place       smallint         NOT NULL,
  part        text COLLATE "C" NOT NULL, -- the first 32 characters
  guest_of    uuid,                      -- as in the directory: a guest is seen by whoever asked it alone
  PRIMARY KEY (operator_id, place)
);
CREATE INDEX operator_name_part_by_text ON operator_name_part (part, operator_id);
CALL meguri_guard_table('operator_name_part');
CREATE POLICY directory ON operator_name_part FOR SELECT TO meguri_app USING ((SELECT meguri_operator()) IS NOT NULL
  AND (guest_of IS NULL OR guest_of = (SELECT meguri_operator()) OR operator_id = (SELECT meguri_operator())));
GRANT SELECT ON operator_name_part TO meguri_app;

-- Written here alone, with the owner's rights: no role of the app can say anything else of a name.
CREATE FUNCTION meguri_part_name() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.search_name = OLD.search_name AND NEW.guest_of IS NOT DISTINCT FROM OLD.guest_of THEN
      RETURN NULL;
    END IF;
    DELETE FROM operator_name_part WHERE operator_id = OLD.operator_id;
  END IF;
  INSERT INTO operator_name_part (operator_id, place, part, guest_of)
  SELECT NEW.operator_id, place, substr(NEW.search_name, place, 32), NEW.guest_of
    FROM generate_series(2, length(NEW.search_name)) AS place;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION meguri_part_name() FROM PUBLIC;
CREATE TRIGGER part_name AFTER INSERT OR UPDATE OF search_name, guest_of ON operator
  FOR EACH ROW EXECUTE FUNCTION meguri_part_name();

INSERT INTO operator_name_part (operator_id, place, part, guest_of)
SELECT operator_id, place, substr(search_name, place, 32), guest_of
  FROM operator CROSS JOIN LATERAL generate_series(2, length(search_name)) AS place;

-- The identifiers by which a company is found exactly; the others have theirs.
CREATE INDEX operator_by_lei ON operator (lei) WHERE lei IS NOT NULL;
