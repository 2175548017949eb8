-- More kinds of datasets: interfaces with their reach, the business partner number of a participant, the type of what is asked
-- for, and Catena-X notifications.

-- reach: as far as an interface answers under this dataset (identifiers of events); empty for data that come whole.
ALTER TABLE dsp_dataset ADD COLUMN reach text[] NOT NULL DEFAULT '{}';
ALTER TABLE dsp_participant ADD COLUMN bpn text;
ALTER TABLE dsp_process ADD COLUMN type_iri text;

-- Catena-X notifications, both ways, each once by its message id. pid: the transfer under which it came or went;
-- told_at: when the other side had taken it (sent ones); seen_at: when a person had read it.
CREATE TABLE dataspace_notice (
  operator_id uuid        NOT NULL,
  notice_id   uuid        NOT NULL,
  inbound     boolean     NOT NULL,
  peer_did    text        NOT NULL,
  message_id  uuid        NOT NULL,
  action      text        NOT NULL,
  pid         text        NOT NULL,
  body        jsonb       NOT NULL,
  body_hash   bytea       NOT NULL,
  at          timestamptz NOT NULL,
  told_at     timestamptz,
  trouble     text,
  PRIMARY KEY (operator_id, notice_id)
);
CREATE UNIQUE INDEX dataspace_notice_once ON dataspace_notice (operator_id, peer_did, inbound, message_id);
CREATE INDEX dataspace_notice_latest ON dataspace_notice (operator_id, at DESC, notice_id);
CALL meguri_tenant_table('dataspace_notice');
