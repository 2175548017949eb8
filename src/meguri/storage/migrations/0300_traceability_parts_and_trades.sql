-- Parts, what they are made of, and who asked whom for them.

CREATE TABLE part (
  operator_id  uuid        NOT NULL,
  trace_id     uuid        NOT NULL,
  plant_id     uuid        NOT NULL,
  name         text        NOT NULL,
  support_name text        NOT NULL DEFAULT '',
  label        text,
  info1        text,
  info2        text,
  info3        text,
  unit         text,
  terminated   boolean     NOT NULL,
  is_parent    boolean     NOT NULL,
  version      integer     NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id),
  CONSTRAINT part_identity UNIQUE (operator_id, plant_id, name, support_name)
);
CREATE INDEX part_by_name ON part (operator_id, name COLLATE "C", support_name COLLATE "C", plant_id, trace_id);
CALL meguri_tenant_table('part');

-- amount: of the child, per ONE unit of the parent.
CREATE TABLE part_link (
  operator_id uuid    NOT NULL,
  parent_id   uuid    NOT NULL,
  child_id    uuid    NOT NULL,
  position    integer NOT NULL,
  amount      numeric NOT NULL CHECK (amount >= 0),
  PRIMARY KEY (operator_id, parent_id, child_id)
);
CREATE INDEX part_link_by_child ON part_link (operator_id, child_id);
CALL meguri_tenant_table('part_link');

-- One request has two rows, one for each side, joined by trade_id: side 'down' is the customer's, 'up' the supplier's.
CREATE TABLE trade_half (
  operator_id          uuid        NOT NULL,
  side                 text        NOT NULL CHECK (side IN ('down', 'up')),
  trade_id             uuid        NOT NULL,
  request_id           uuid        NOT NULL,
  partner_id           uuid        NOT NULL,
  downstream_trace_id  uuid        NOT NULL,
  upstream_trace_id    uuid,
  request_type         text        NOT NULL,
  state                text        NOT NULL CHECK (state IN ('NOT_COMPLETED', 'COMPLETED', 'REJECT', 'CANCEL')),
  visible              boolean     NOT NULL DEFAULT true,
  tree_terminated      boolean     NOT NULL DEFAULT false,
  completed_count      integer     NOT NULL DEFAULT 0,
  completed_count_at   timestamptz NOT NULL,
  trades_count         integer     NOT NULL DEFAULT 1,
  trades_count_at      timestamptz NOT NULL,
  message              text,
  reply_message        text,
  due_date             date,
  requested_part       jsonb,
  requested_unit       text,
  created_at           timestamptz NOT NULL,
  completed_at         timestamptz,
  closed_at            timestamptz,
  version              integer     NOT NULL DEFAULT 1,
  PRIMARY KEY (operator_id, trade_id, side)
);
CREATE UNIQUE INDEX trade_half_one_live ON trade_half (operator_id, downstream_trace_id, request_type)
  WHERE side = 'down' AND state IN ('NOT_COMPLETED', 'COMPLETED');
CREATE INDEX trade_half_listed ON trade_half (operator_id, side, created_at DESC, trade_id DESC) WHERE visible;
CREATE INDEX trade_half_by_downstream ON trade_half (operator_id, downstream_trace_id);
CREATE INDEX trade_half_by_upstream ON trade_half (operator_id, upstream_trace_id) WHERE upstream_trace_id IS NOT NULL;
CREATE INDEX trade_half_by_request ON trade_half (operator_id, request_id);
CREATE INDEX trade_half_pair ON trade_half (trade_id);
CREATE INDEX trade_half_due ON trade_half (operator_id, due_date) WHERE side = 'up' AND state = 'NOT_COMPLETED';
CALL meguri_tenant_table('trade_half');

-- A part has an answer of its own for a request type (a footprint, a due-diligence result): set by the room that keeps it.
CREATE TABLE part_answer (
  operator_id  uuid        NOT NULL,
  trace_id     uuid        NOT NULL,
  request_type text        NOT NULL,
  answered_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trace_id, request_type)
);
CALL meguri_tenant_table('part_answer');

-- What a part and its structure, or a request, looked like at each version.
CREATE TABLE traceability_history (
  operator_id uuid        NOT NULL,
  subject_id  uuid        NOT NULL,
  version     integer     NOT NULL,
  subject     text        NOT NULL CHECK (subject IN ('part', 'request')),
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,
  body        jsonb       NOT NULL,
  PRIMARY KEY (operator_id, subject_id, version)
);
CALL meguri_append_only_table('traceability_history');
