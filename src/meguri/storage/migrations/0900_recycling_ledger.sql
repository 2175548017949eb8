-- Recycling: sites, lots with their composition, process runs, genealogy, the double-entry ledger, credits and claims.
-- Masses are water-free kg with six decimals unless a column says otherwise.
CREATE TABLE recycling_site (
  operator_id           uuid        NOT NULL,
  site_id               uuid        NOT NULL, -- the plant of this id
  country               text        NOT NULL,
  stock_rule            text        NOT NULL CHECK (stock_rule IN ('fifo', 'rolling_average')),
  permit_no             text,
  permit_valid_to       date,
  permitted_t_per_year  numeric(18, 6),
  conversion            jsonb       NOT NULL, -- declared conversion factor by element, until a closed period gives one
  version               integer     NOT NULL,
  PRIMARY KEY (operator_id, site_id)
);
CALL meguri_tenant_table('recycling_site');

-- composition: [{element, location, kg, left, u_rel, method}]; sources: {element: {source_class: share}}.
CREATE TABLE recycling_lot (
  operator_id       uuid           NOT NULL,
  lot_id            uuid           NOT NULL,
  lot_no            text           NOT NULL,
  site_id           uuid           NOT NULL,
  kind              text           NOT NULL,
  material          text,
  created_at        timestamptz    NOT NULL,
  closed_at         timestamptz,
  mass_wet_kg       numeric(18, 6) NOT NULL CHECK (mass_wet_kg > 0),
  moisture_pct      numeric(9, 6),
  mass_kg           numeric(18, 6) NOT NULL CHECK (mass_kg > 0),
  left_kg           numeric(18, 6) NOT NULL CHECK (left_kg >= 0),
  composition       jsonb          NOT NULL,
  sources           jsonb          NOT NULL,
  re_class          text,
  main_chemistry    text,
  waste_code        text,
  is_waste          boolean        NOT NULL,
  is_origin         boolean        NOT NULL,
  country_collected text,
  passports         jsonb          NOT NULL,
  hazard            jsonb          NOT NULL,
  analysis          jsonb          NOT NULL,
  status            text           NOT NULL,
  warnings          jsonb          NOT NULL,
  content_hash      bytea          NOT NULL,
  run_id            uuid,
  version           integer        NOT NULL,
  PRIMARY KEY (operator_id, lot_id),
  UNIQUE (operator_id, site_id, lot_no)
);
CREATE INDEX recycling_lot_newest ON recycling_lot (operator_id, created_at DESC, lot_id DESC);
CALL meguri_tenant_table('recycling_lot');

CREATE TABLE recycling_run (
  operator_id    uuid        NOT NULL,
  run_id         uuid        NOT NULL,
  run_no         text        NOT NULL,
  site_id        uuid        NOT NULL,
  kind           text        NOT NULL, -- receive, process, split, merge, ship, adjust, reverse
  step_type      text,
  route          text,
  period         text        NOT NULL,
  start_at       timestamptz NOT NULL,
  end_at         timestamptz NOT NULL,
  permit_no      text,
  treatment_code text,
  status         text        NOT NULL, -- draft, posted, reversed
  verdict        text        NOT NULL,
  residuals      jsonb       NOT NULL,
  reason         text,
  note           jsonb       NOT NULL,
  body           jsonb       NOT NULL,
  reverses       uuid,
  version        integer     NOT NULL,
  PRIMARY KEY (operator_id, run_id),
  UNIQUE (operator_id, site_id, run_no)
);
CREATE INDEX recycling_run_of_period ON recycling_run (operator_id, site_id, period, run_id);
CREATE INDEX recycling_run_newest ON recycling_run (operator_id, start_at DESC, run_id DESC);
CALL meguri_tenant_table('recycling_run');

-- What went in and out; elements: {element: kg}; in scope of recovery: {element: kg}.
CREATE TABLE recycling_line (
  operator_id         uuid           NOT NULL,
  run_id              uuid           NOT NULL,
  line_no             integer        NOT NULL,
  direction           text           NOT NULL CHECK (direction IN ('in', 'out', 'reagent', 'loss')),
  lot_id              uuid,
  label               text           NOT NULL,
  mass_kg             numeric(18, 6) NOT NULL CHECK (mass_kg >= 0),
  elements            jsonb          NOT NULL,
  composition         jsonb          NOT NULL,
  counting            text,
  destination         text,
  country             text,
  evidence            text,
  end_of_waste        boolean        NOT NULL,
  substitutes_primary boolean        NOT NULL,
  calculation_point   boolean        NOT NULL,
  counts_as_input     boolean        NOT NULL,
  PRIMARY KEY (operator_id, run_id, line_no)
);
CREATE INDEX recycling_line_of_lot ON recycling_line (operator_id, lot_id, direction);
CALL meguri_tenant_table('recycling_line');

-- Genealogy: kg of each element that went from parent to child.
CREATE TABLE recycling_edge (
  operator_id uuid        NOT NULL,
  child_id    uuid        NOT NULL,
  parent_id   uuid        NOT NULL,
  run_id      uuid        NOT NULL,
  elements    jsonb       NOT NULL,
  PRIMARY KEY (operator_id, child_id, parent_id, run_id)
);
CREATE INDEX recycling_edge_down ON recycling_edge (operator_id, parent_id, child_id);
CALL meguri_tenant_table('recycling_edge');

-- The ledger: never changed; a chain of hashes per operator and site.
CREATE TABLE recycling_entry (
  operator_id uuid           NOT NULL,
  site_id     uuid           NOT NULL,
  seq         bigint         NOT NULL CHECK (seq > 0),
  entry_id    uuid           NOT NULL,
  tx_id       uuid           NOT NULL,
  tx_type     text           NOT NULL,
  at          timestamptz    NOT NULL,
  period      text           NOT NULL,
  book        text           NOT NULL CHECK (book IN ('physical', 'credit')),
  element     text           NOT NULL,
  attribute   text           NOT NULL,
  state       text           NOT NULL,
  qty_kg      numeric(18, 6) NOT NULL,
  lot_id      uuid,
  run_id      uuid,
  claim_id    uuid,
  actor       text           NOT NULL,
  prev_hash   text           NOT NULL,
  hash        text           NOT NULL,
  PRIMARY KEY (operator_id, site_id, seq)
);
CREATE INDEX recycling_entry_of_period ON recycling_entry (operator_id, site_id, period, element, state) INCLUDE (book, qty_kg);
CREATE INDEX recycling_entry_of_tx ON recycling_entry (operator_id, tx_id);
CALL meguri_append_only_table('recycling_entry');

CREATE TABLE recycling_ledger_head (
  operator_id uuid   NOT NULL,
  site_id     uuid   NOT NULL,
  seq         bigint NOT NULL,
  hash        text   NOT NULL,
  PRIMARY KEY (operator_id, site_id)
);
CALL meguri_tenant_table('recycling_ledger_head');

CREATE TABLE recycling_balance (
  operator_id uuid           NOT NULL,
  site_id     uuid           NOT NULL,
  book        text           NOT NULL,
  element     text           NOT NULL,
  attribute   text           NOT NULL,
  state       text           NOT NULL,
  qty_kg      numeric(20, 6) NOT NULL,
  PRIMARY KEY (operator_id, site_id, book, element, attribute, state),
  CONSTRAINT recycling_balance_not_negative
    CHECK (qty_kg >= 0 OR state IN ('EXT_SUPPLIER', 'EXT_CUSTOMER', 'CORRECTION'))
);
CALL meguri_tenant_table('recycling_balance');

CREATE TABLE recycling_period (
  operator_id uuid        NOT NULL,
  site_id     uuid        NOT NULL,
  period      text        NOT NULL,
  version     integer     NOT NULL,
  state       text        NOT NULL CHECK (state IN ('open', 'closing', 'closed')),
  statement   jsonb       NOT NULL,
  hash        text        NOT NULL,
  signed_by   text,
  reason      text,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, site_id, period, version)
);
CALL meguri_tenant_table('recycling_period');

CREATE TABLE recycling_credit_basis (
  operator_id  uuid           NOT NULL,
  site_id      uuid           NOT NULL,
  element      text           NOT NULL,
  source_class text           NOT NULL,
  in_kg        numeric(18, 6) NOT NULL,
  issued_kg    numeric(18, 6) NOT NULL,
  PRIMARY KEY (operator_id, site_id, element, source_class)
);
CALL meguri_tenant_table('recycling_credit_basis');

CREATE TABLE recycling_credit (
  operator_id   uuid           NOT NULL,
  credit_id     uuid           NOT NULL,
  site_id       uuid           NOT NULL,
  element       text           NOT NULL,
  source_class  text           NOT NULL,
  period        text           NOT NULL,
  issued_kg     numeric(18, 6) NOT NULL CHECK (issued_kg > 0),
  open_kg       numeric(18, 6) NOT NULL CHECK (open_kg >= 0),
  expires_on    date           NOT NULL,
  provisional   boolean        NOT NULL,
  lot_id        uuid,
  run_id        uuid,
  from_operator_id uuid,
  from_credit_id   uuid,
  created_at    timestamptz    NOT NULL,
  PRIMARY KEY (operator_id, credit_id),
  CHECK (open_kg <= issued_kg)
);
CREATE INDEX recycling_credit_open ON recycling_credit (operator_id, element, source_class, expires_on, credit_id) WHERE open_kg > 0;
CREATE INDEX recycling_credit_of_run ON recycling_credit (operator_id, run_id);
CALL meguri_tenant_table('recycling_credit');

CREATE TABLE recycling_claim (
  operator_id       uuid           NOT NULL,
  claim_id          uuid           NOT NULL,
  idempotency_key   text           NOT NULL,
  body_hash         bytea          NOT NULL,
  element           text           NOT NULL,
  source_class      text           NOT NULL,
  qty_kg            numeric(18, 6) NOT NULL CHECK (qty_kg > 0),
  battery_model_id  text           NOT NULL,
  plant_id          text           NOT NULL,
  year              integer        NOT NULL,
  beneficiary_id    uuid           NOT NULL,
  model             text           NOT NULL,
  mass_balanced     boolean        NOT NULL,
  evidence          jsonb          NOT NULL,
  credits           jsonb          NOT NULL,
  status            text           NOT NULL CHECK (status IN ('draft', 'reserved', 'retired', 'released', 'reversed')),
  flags             jsonb          NOT NULL,
  trace_id          uuid,
  created_at        timestamptz    NOT NULL,
  settled_at        timestamptz,
  version           integer        NOT NULL,
  PRIMARY KEY (operator_id, claim_id),
  UNIQUE (operator_id, idempotency_key)
);
CREATE INDEX recycling_claim_content ON recycling_claim (operator_id, battery_model_id, plant_id, year, element) WHERE status = 'retired';
CALL meguri_tenant_table('recycling_claim');

-- Which claim took how much of which credit.
CREATE TABLE recycling_claim_use (
  operator_id uuid           NOT NULL,
  claim_id    uuid           NOT NULL,
  credit_id   uuid           NOT NULL,
  qty_kg      numeric(18, 6) NOT NULL CHECK (qty_kg > 0),
  PRIMARY KEY (operator_id, claim_id, credit_id)
);
CREATE INDEX recycling_claim_use_of_credit ON recycling_claim_use (operator_id, credit_id);
CALL meguri_tenant_table('recycling_claim_use');

-- What a battery model of a plant consumed in a year: the denominator of recycled content.
CREATE TABLE recycling_consumption (
  operator_id      uuid           NOT NULL,
  battery_model_id text           NOT NULL,
  plant_id         text           NOT NULL,
  year             integer        NOT NULL,
  element          text           NOT NULL,
  total_kg         numeric(18, 6) NOT NULL CHECK (total_kg > 0),
  method           text           NOT NULL,
  version          integer        NOT NULL,
  PRIMARY KEY (operator_id, battery_model_id, plant_id, year, element)
);
CALL meguri_tenant_table('recycling_consumption');

CREATE TABLE recycling_document (
  operator_id uuid        NOT NULL,
  document_id uuid        NOT NULL,
  kind        text        NOT NULL,
  number      text        NOT NULL,
  valid_from  date,
  valid_to    date,
  scope       text,
  revoked     boolean     NOT NULL,
  lot_id      uuid,
  shipment_id uuid,
  facts       jsonb       NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, document_id)
);
CREATE INDEX recycling_document_of_lot ON recycling_document (operator_id, lot_id);
CREATE INDEX recycling_document_by_number ON recycling_document (operator_id, number);
CALL meguri_tenant_table('recycling_document');

-- One waste battery on its way; and one battery's whereabouts as its maker's account sees it.
CREATE TABLE recycling_unit (
  operator_id  uuid        NOT NULL,
  unit_id      uuid        NOT NULL,
  passport     text        NOT NULL,
  serial       text,
  state        text        NOT NULL,
  mass_kg      numeric(18, 6),
  defect_class text        NOT NULL,
  lot_id       uuid,
  facts        jsonb       NOT NULL,
  history      jsonb       NOT NULL,
  version      integer     NOT NULL,
  PRIMARY KEY (operator_id, unit_id),
  UNIQUE (operator_id, passport)
);
CALL meguri_tenant_table('recycling_unit');

CREATE TABLE recycling_battery (
  operator_id uuid        NOT NULL,
  passport    text        NOT NULL,
  model       text        NOT NULL,
  year        integer     NOT NULL,
  place       text        NOT NULL,
  last_sign   date        NOT NULL,
  facts       jsonb       NOT NULL,
  history     jsonb       NOT NULL,
  PRIMARY KEY (operator_id, passport)
);
CREATE INDEX recycling_battery_of_model ON recycling_battery (operator_id, model, year, place, last_sign);
CALL meguri_tenant_table('recycling_battery');

CREATE TABLE recycling_calculation (
  operator_id    uuid        NOT NULL,
  calculation_id uuid        NOT NULL,
  kind           text        NOT NULL,
  rule_set       text        NOT NULL,
  asked          jsonb       NOT NULL,
  result         jsonb       NOT NULL,
  hash           text        NOT NULL,
  created_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, calculation_id)
);
CALL meguri_tenant_table('recycling_calculation');
