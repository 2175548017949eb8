-- The ground of every other table: who is asking, who may see what, the audit chain, replies kept for repetition.
-- Group roles exist already (storage/roles.py); they are never owners, so row-level security binds them.

GRANT USAGE ON SCHEMA public TO meguri_app, meguri_across, meguri_identity;

-- The tenant of this transaction, or NULL. Policies call it as (SELECT meguri_operator()), so that it runs once per statement.
CREATE FUNCTION meguri_operator() RETURNS uuid
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('meguri.operator_id', true), '')::uuid;

-- Enable and force row-level security; the owner sees all rows, or migrations and back-ups would see none.
CREATE PROCEDURE meguri_guard_table(target regclass)
  LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  held_by text := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = target);
  old record;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
  FOR old IN SELECT polname FROM pg_policy WHERE polrelid = target AND polname IN ('owner_all', 'own_rows', 'all_rows',
    'own_rows_read', 'own_rows_add', 'all_rows_read', 'all_rows_add', 'identity_all') LOOP
    EXECUTE format('DROP POLICY %I ON %s', old.polname, target);
  END LOOP;
  EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, meguri_app, meguri_across, meguri_identity', target);
  EXECUTE format('CREATE POLICY owner_all ON %s TO %I USING (true) WITH CHECK (true)', target, held_by);
END $$;

-- A tenant's table: rows of the tenant that is asking, and, for cascades, of all under the role `meguri_across`.
CREATE PROCEDURE meguri_tenant_table(target regclass)
  LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  CALL meguri_guard_table(target);
  EXECUTE format('CREATE POLICY own_rows ON %s TO meguri_app USING (operator_id = (SELECT public.meguri_operator())) '
    'WITH CHECK (operator_id = (SELECT public.meguri_operator()))', target);
  EXECUTE format('CREATE POLICY all_rows ON %s TO meguri_across USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO meguri_app, meguri_across', target);
END $$;

-- A tenant's table whose rows are never changed or removed: no right and no policy for it.
CREATE PROCEDURE meguri_append_only_table(target regclass)
  LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  CALL meguri_guard_table(target);
  EXECUTE format('CREATE POLICY own_rows_read ON %s FOR SELECT TO meguri_app '
    'USING (operator_id = (SELECT public.meguri_operator()))', target);
  EXECUTE format('CREATE POLICY own_rows_add ON %s FOR INSERT TO meguri_app '
    'WITH CHECK (operator_id = (SELECT public.meguri_operator()))', target);
  EXECUTE format('CREATE POLICY all_rows_read ON %s FOR SELECT TO meguri_across USING (true)', target);
  EXECUTE format('CREATE POLICY all_rows_add ON %s FOR INSERT TO meguri_across WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT ON %s TO meguri_app, meguri_across', target);
END $$;

-- A table of sign-in, tokens and keys: read and written before the tenant is known, by `meguri_identity` alone.
CREATE PROCEDURE meguri_identity_table(target regclass)
  LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  CALL meguri_guard_table(target);
  EXECUTE format('CREATE POLICY identity_all ON %s TO meguri_identity USING (true) WITH CHECK (true)', target);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO meguri_identity', target);
END $$;

-- Audit: one chain per operator. hash = sha256(prev_hash || seq as 8 bytes, big-endian || digest);
-- digest = sha256 of the canonical JSON of (operator_id, at, actor, event, body), made by storage/audit.py.
-- The chain of the platform itself, for events of no operator, has the nil UUID.
CREATE TABLE audit_entry (
  operator_id uuid        NOT NULL,
  seq         bigint      NOT NULL CHECK (seq > 0),
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  event       text        NOT NULL,
  body        text        NOT NULL, -- the canonical JSON itself: jsonb would write numbers anew
  prev_hash   bytea       NOT NULL,
  hash        bytea       NOT NULL,
  PRIMARY KEY (operator_id, seq)
);
CREATE INDEX audit_entry_at ON audit_entry (operator_id, at);

CREATE TABLE audit_head (
  operator_id uuid   NOT NULL PRIMARY KEY,
  seq         bigint NOT NULL,
  hash        bytea  NOT NULL
);

-- Hourly: the Merkle root over the heads of all chains, to be kept outside as well. A leaf is kept when its chain has grown;
-- the leaves of a root are, for each operator, the last one not younger than the root.
CREATE TABLE audit_root (
  at     timestamptz NOT NULL PRIMARY KEY,
  root   bytea       NOT NULL,
  chains bigint      NOT NULL
);
CREATE TABLE audit_root_leaf (
  operator_id uuid        NOT NULL,
  at          timestamptz NOT NULL,
  seq         bigint      NOT NULL,
  hash        bytea       NOT NULL,
  PRIMARY KEY (operator_id, at)
);

CALL meguri_guard_table('audit_entry');
CALL meguri_guard_table('audit_head');
CALL meguri_guard_table('audit_root');
CALL meguri_guard_table('audit_root_leaf');
CREATE POLICY own_rows_read ON audit_entry FOR SELECT TO meguri_app USING (operator_id = (SELECT meguri_operator()));
CREATE POLICY own_rows_read ON audit_head FOR SELECT TO meguri_app USING (operator_id = (SELECT meguri_operator()));
CREATE POLICY own_rows_read ON audit_root_leaf FOR SELECT TO meguri_app USING (operator_id = (SELECT meguri_operator()));
CREATE POLICY all_rows_read ON audit_entry FOR SELECT TO meguri_across USING (true);
CREATE POLICY all_rows_read ON audit_head FOR SELECT TO meguri_across USING (true);
CREATE POLICY all_rows_read ON audit_root_leaf FOR SELECT TO meguri_across USING (true);
CREATE POLICY roots_are_public ON audit_root FOR SELECT TO meguri_app, meguri_across USING (true);
GRANT SELECT ON audit_entry, audit_head, audit_root, audit_root_leaf TO meguri_app, meguri_across;

-- The only way into the chain. It runs with the owner's rights, so no role of the app can write, change or remove entries
-- in any other way. Entries come sorted by operator: two transactions never wait for each other in a circle.
CREATE FUNCTION meguri_audit_append(
  operators uuid[], ats timestamptz[], actors text[], events text[], bodies text[], digests bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  current_operator uuid;
  head_seq bigint;
  head_hash bytea;
  next_hash bytea;
BEGIN
  FOR i IN 1 .. cardinality(operators) LOOP
    IF current_operator IS DISTINCT FROM operators[i] THEN
      IF current_operator IS NOT NULL THEN
        UPDATE audit_head SET seq = head_seq, hash = head_hash WHERE operator_id = current_operator;
      END IF;
      current_operator := operators[i];
      SELECT seq, hash INTO head_seq, head_hash FROM audit_head WHERE operator_id = current_operator FOR UPDATE;
      IF NOT FOUND THEN
        INSERT INTO audit_head (operator_id, seq, hash)
          VALUES (current_operator, 0, sha256(uuid_send(current_operator))) ON CONFLICT DO NOTHING;
        SELECT seq, hash INTO STRICT head_seq, head_hash FROM audit_head WHERE operator_id = current_operator FOR UPDATE;
      END IF;
    END IF;
    head_seq := head_seq + 1;
    next_hash := sha256(head_hash || int8send(head_seq) || digests[i]);
    INSERT INTO audit_entry (operator_id, seq, at, actor, event, body, prev_hash, hash)
      VALUES (current_operator, head_seq, ats[i], actors[i], events[i], bodies[i], head_hash, next_hash);
    head_hash := next_hash;
  END LOOP;
  IF current_operator IS NOT NULL THEN
    UPDATE audit_head SET seq = head_seq, hash = head_hash WHERE operator_id = current_operator;
  END IF;
END $$;

CREATE FUNCTION meguri_audit_keep_root(
  moment timestamptz, merkle_root bytea, chain_count bigint, operators uuid[], seqs bigint[], hashes bytea[]
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO audit_root_leaf (operator_id, at, seq, hash)
    SELECT leaf.operator_id, moment, leaf.seq, leaf.hash
      FROM unnest(operators, seqs, hashes) AS leaf (operator_id, seq, hash);
  INSERT INTO audit_root (at, root, chains) VALUES (moment, merkle_root, chain_count);
$$;
REVOKE ALL ON FUNCTION meguri_audit_append FROM PUBLIC;
REVOKE ALL ON FUNCTION meguri_audit_keep_root FROM PUBLIC;
GRANT EXECUTE ON FUNCTION meguri_audit_keep_root TO meguri_across;
GRANT EXECUTE ON FUNCTION meguri_audit_append TO meguri_app, meguri_across, meguri_identity;

-- Replies kept so that a repeated POST with the same Idempotency-Key is answered again and not done again.
CREATE TABLE idempotency (
  operator_id uuid        NOT NULL,
  key         text        NOT NULL,
  route       text        NOT NULL,
  body_hash   bytea       NOT NULL,
  status      smallint    NOT NULL,
  headers     jsonb       NOT NULL,
  body        bytea       NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
CALL meguri_tenant_table('idempotency');
