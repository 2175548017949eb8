-- A recycler's licence holds on the market when the platform's operator has seen its proof. Licences registered before wait
-- for that like new ones.
ALTER TABLE reuse_licence ADD COLUMN proof text;
ALTER TABLE reuse_licence ADD COLUMN checked_at timestamptz;
ALTER TABLE reuse_licence ADD COLUMN checked_by text;
ALTER TABLE reuse_licence ADD COLUMN refused text;
