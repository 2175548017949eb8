-- Passports: records of models, batches and items, their versions, and what happened to them.

-- live: false once responsibility went to another operator; the row and its versions stay as its history.
-- product_key: the identifier without the resolver's address, by which it is found whatever host the carrier names.
-- own: values written into this record; derived: what follows from them; meta: where each came from.
CREATE TABLE passport (
  operator_id       uuid        NOT NULL,
  passport_id       uuid        NOT NULL,
  live              boolean     NOT NULL DEFAULT true,
  kind              text        NOT NULL,
  granularity       text        NOT NULL CHECK (granularity IN ('model', 'batch', 'item')),
  product_id        text        NOT NULL,
  product_key       text        NOT NULL,
  dpp_id            text        NOT NULL,
  dpp_key           text        NOT NULL,
  category          text,
  model_name        text        NOT NULL DEFAULT '',
  serial            text,
  model_operator_id uuid,
  model_id          uuid,
  model_version     integer,
  batch_operator_id uuid,
  batch_id          uuid,
  batch_version     integer,
  state             text        NOT NULL CHECK (state IN ('Draft', 'Active', 'Inactive', 'Archived', 'Invalid')),
  life              text,
  responsible       text        NOT NULL,
  provider          text,
  version           integer     NOT NULL,
  own               jsonb       NOT NULL,
  derived           jsonb       NOT NULL,
  meta              jsonb       NOT NULL,
  overrides         jsonb       NOT NULL DEFAULT '{}',
  salts             jsonb       NOT NULL,
  slices            jsonb       NOT NULL,
  version_hash      text        NOT NULL,
  score             real        NOT NULL,
  issued_at         timestamptz NOT NULL,
  published_at      timestamptz,
  ceased_at         timestamptz,
  last_event_at     timestamptz,
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  bulk_job_id       uuid,
  PRIMARY KEY (operator_id, passport_id)
);
CREATE INDEX passport_by_product ON passport (product_key) WHERE live;
CREATE INDEX passport_by_dpp ON passport (dpp_key) WHERE live;
CREATE INDEX passport_by_id ON passport (passport_id) WHERE live;
CREATE INDEX passport_listed ON passport (operator_id, updated_at DESC, passport_id DESC) WHERE live;
CREATE INDEX passport_of_model ON passport (model_id, passport_id) WHERE live AND model_id IS NOT NULL;
CREATE INDEX passport_by_serial ON passport (operator_id, serial text_pattern_ops) WHERE live;
CALL meguri_tenant_table('passport');

-- Every version with all that its hash covers; never changed.
CREATE TABLE passport_version (
  operator_id       uuid        NOT NULL,
  passport_id       uuid        NOT NULL,
  version           integer     NOT NULL,
  changed_at        timestamptz NOT NULL,
  actor             text        NOT NULL,
  on_behalf_of      uuid,
  event             text        NOT NULL,
  reason            text,
  changed_keys      text[]      NOT NULL,
  model_operator_id uuid,
  model_id          uuid,
  model_version     integer,
  batch_operator_id uuid,
  batch_id          uuid,
  batch_version     integer,
  state             text        NOT NULL,
  life              text,
  responsible       text        NOT NULL,
  own               jsonb       NOT NULL,
  derived           jsonb       NOT NULL,
  meta              jsonb       NOT NULL,
  salts             jsonb       NOT NULL,
  slices            jsonb       NOT NULL,
  version_hash      text        NOT NULL,
  rule_sets         text[]      NOT NULL,
  PRIMARY KEY (operator_id, passport_id, version)
);
CREATE INDEX passport_version_by_id ON passport_version (passport_id, version);
CALL meguri_append_only_table('passport_version');

-- A predecessor's part that went into a successor: one row on each side.
CREATE TABLE passport_link (
  operator_id       uuid        NOT NULL,
  link_id           uuid        NOT NULL,
  side              text        NOT NULL CHECK (side IN ('predecessor', 'successor')),
  predecessor_id    uuid        NOT NULL,
  successor_id      uuid        NOT NULL,
  operation         text        NOT NULL,
  share             double precision NOT NULL CHECK (share > 0 AND share <= 1),
  version_hash      text        NOT NULL,
  carried_over      jsonb       NOT NULL,
  at                timestamptz NOT NULL,
  PRIMARY KEY (operator_id, link_id, side)
);
CREATE INDEX passport_link_from ON passport_link (predecessor_id) WHERE side = 'predecessor';
CREATE INDEX passport_link_to ON passport_link (successor_id) WHERE side = 'successor';
CALL meguri_append_only_table('passport_link');

-- What happened to the product, in the order of recording: the source of visibility events and of the timeline.
CREATE TABLE passport_event (
  operator_id uuid        NOT NULL,
  event_id    uuid        NOT NULL,
  passport_id uuid        NOT NULL,
  kind        text        NOT NULL,
  at          timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor       text        NOT NULL,
  body        jsonb       NOT NULL,
  PRIMARY KEY (operator_id, event_id)
);
CREATE INDEX passport_event_of ON passport_event (passport_id, at, event_id);
CREATE INDEX passport_event_recorded ON passport_event (operator_id, recorded_at, event_id);
CALL meguri_append_only_table('passport_event');

CREATE TABLE passport_reading (
  operator_id uuid             NOT NULL,
  passport_id uuid             NOT NULL,
  attribute   text             NOT NULL,
  component   text             NOT NULL,
  measured_at timestamptz      NOT NULL,
  source      text             NOT NULL,
  value       jsonb            NOT NULL,
  counted     double precision NOT NULL DEFAULT 0,
  flags       text[]           NOT NULL DEFAULT '{}',
  detail      jsonb            NOT NULL DEFAULT '{}',
  batch_id    text             NOT NULL,
  device_id   text,
  actor       text             NOT NULL,
  recorded_at timestamptz      NOT NULL,
  confirmed   boolean          NOT NULL DEFAULT false,
  PRIMARY KEY (operator_id, passport_id, attribute, component, measured_at, source)
);
CREATE INDEX passport_reading_by_moment ON passport_reading (passport_id, attribute, component, measured_at DESC);
CALL meguri_tenant_table('passport_reading');

-- Files that hang on an attribute; the attribute's class is theirs.
CREATE TABLE passport_attachment (
  operator_id uuid        NOT NULL,
  file_id     uuid        NOT NULL,
  passport_id uuid        NOT NULL,
  name        text        NOT NULL,
  media_type  text        NOT NULL,
  size        bigint      NOT NULL,
  sha256      text        NOT NULL,
  actor       text        NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, file_id)
);
CREATE INDEX passport_attachment_of ON passport_attachment (passport_id);
CALL meguri_tenant_table('passport_attachment');
