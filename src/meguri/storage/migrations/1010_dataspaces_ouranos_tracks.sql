-- Numbers (X-Track) of writes that came through the Ouranos façade: a client may ask whether they were done.
CREATE TABLE ouranos_track (
  operator_id uuid        NOT NULL,
  track_id    text        NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, track_id)
);
CREATE INDEX ouranos_track_at ON ouranos_track (operator_id, at);
CALL meguri_tenant_table('ouranos_track');
