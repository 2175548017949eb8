-- The market of recycled material: lots on offer, what buyers want, and deals whose two halves each side keeps.
CREATE TABLE recycling_offer (
  operator_id uuid           NOT NULL,
  offer_id    uuid           NOT NULL,
  lot_id      uuid           NOT NULL,
  lot_no      text           NOT NULL,
  kind        text           NOT NULL,
  material    text,
  mass_kg     numeric(18, 6) NOT NULL CHECK (mass_kg > 0),
  price       bigint         NOT NULL CHECK (price >= 0), -- minor units per kg
  currency    text           NOT NULL,
  grade       text           NOT NULL,
  analysis    jsonb          NOT NULL,
  recycled    jsonb          NOT NULL, -- share of recycled origin by element
  cfp_kg      numeric(18, 6), -- kg CO2e per kg
  status      text           NOT NULL CHECK (status IN ('published', 'contracted', 'withdrawn')),
  created_at  timestamptz    NOT NULL,
  version     integer        NOT NULL,
  PRIMARY KEY (operator_id, offer_id)
);
CREATE INDEX recycling_offer_open ON recycling_offer (status, material, offer_id);
CREATE UNIQUE INDEX recycling_offer_one_per_lot ON recycling_offer (operator_id, lot_id) WHERE status <> 'withdrawn';
CALL meguri_tenant_table('recycling_offer');

CREATE TABLE recycling_want (
  operator_id  uuid           NOT NULL,
  want_id      uuid           NOT NULL,
  material     text           NOT NULL,
  kg_per_month numeric(18, 6) NOT NULL CHECK (kg_per_month > 0),
  limits       jsonb          NOT NULL,
  most_price   bigint,
  currency     text           NOT NULL,
  most_cfp_kg  numeric(18, 6),
  least_recycled_pct numeric(9, 6),
  active       boolean        NOT NULL,
  created_at   timestamptz    NOT NULL,
  PRIMARY KEY (operator_id, want_id)
);
CALL meguri_tenant_table('recycling_want');

CREATE TABLE recycling_deal (
  operator_id uuid           NOT NULL,
  deal_id     uuid           NOT NULL,
  offer_id    uuid           NOT NULL,
  seller_id   uuid           NOT NULL,
  buyer_id    uuid           NOT NULL,
  lot_no      text           NOT NULL,
  material    text,
  mass_kg     numeric(18, 6) NOT NULL,
  price       bigint         NOT NULL CHECK (price >= 0),
  currency    text           NOT NULL,
  turn        uuid           NOT NULL, -- whose answer is awaited
  state       text           NOT NULL CHECK (state IN ('proposed', 'accepted', 'refused', 'shipped')),
  history     jsonb          NOT NULL,
  lot_id      uuid,
  created_at  timestamptz    NOT NULL,
  version     integer        NOT NULL,
  PRIMARY KEY (operator_id, deal_id)
);
CALL meguri_tenant_table('recycling_deal');
