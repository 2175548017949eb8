-- Personal data leave earlier versions of a passport, too. What was signed and hashed then stays: the hash of a class commits
-- to what is gone without telling it, once its salt is gone as well.

-- redacted: access class → {keys, at, actor, hash}, the hash being that of what is left, under a new salt.
ALTER TABLE passport_version ADD COLUMN redacted jsonb;

-- The only change that a version knows: own values leave, with the salt of their class.
CREATE FUNCTION meguri_passport_version_only_loses() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  classes text[] := ARRAY(SELECT jsonb_object_keys(NEW.redacted));
BEGIN
  IF to_jsonb(NEW) - '{own,salts,redacted}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{own,salts,redacted}'::text[]
     OR NEW.redacted IS NULL
     OR EXISTS (SELECT 1 FROM jsonb_each(NEW.own) AS kept WHERE OLD.own -> kept.key IS DISTINCT FROM kept.value)
     OR NEW.salts - classes IS DISTINCT FROM OLD.salts - classes
     OR EXISTS (SELECT 1 FROM jsonb_each(OLD.redacted) AS before WHERE NOT NEW.redacted ? before.key)
  THEN
    RAISE EXCEPTION 'a version of a passport is never changed; personal data alone can be taken out of it'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER passport_version_only_loses BEFORE UPDATE ON passport_version
  FOR EACH ROW EXECUTE FUNCTION meguri_passport_version_only_loses();

CREATE POLICY all_rows_redact ON passport_version FOR UPDATE TO meguri_across USING (true) WITH CHECK (true);
GRANT UPDATE (own, salts, redacted) ON passport_version TO meguri_across;

-- The bytes of a file stay where whoever was responsible put them; the attachment goes on with the passport.
ALTER TABLE passport_attachment ADD COLUMN kept_by uuid;
