-- How used batteries go round: listings, what two companies settle (one row on each side), uses that want batteries, pools.

CREATE TABLE reuse_listing (
  operator_id  uuid        NOT NULL,
  listing_id   uuid        NOT NULL,
  battery_id   uuid        NOT NULL,
  kind         text        NOT NULL CHECK (kind IN ('reuse', 'as_is_for_testing', 'recycling_feedstock')),
  state        text        NOT NULL CHECK (state IN ('draft', 'published', 'reserved', 'sold', 'withdrawn', 'expired')),
  price        bigint      NOT NULL CHECK (price >= 0),
  currency     text        NOT NULL,
  shown        jsonb       NOT NULL,
  dpp_id       text,
  note         text        NOT NULL DEFAULT '',
  offer_id     uuid,
  why          text,
  version      integer     NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL,
  published_at timestamptz,
  expires_at   timestamptz,
  updated_at   timestamptz NOT NULL,
  PRIMARY KEY (operator_id, listing_id)
);
CREATE INDEX reuse_listing_listed ON reuse_listing (operator_id, created_at DESC, listing_id DESC);
CREATE INDEX reuse_listing_known ON reuse_listing (listing_id);
CREATE INDEX reuse_listing_market ON reuse_listing (published_at DESC, listing_id DESC) WHERE state = 'published';
CREATE INDEX reuse_listing_by_dpp ON reuse_listing (dpp_id) WHERE state = 'published' AND dpp_id IS NOT NULL;
-- One battery, one listing that is open.
CREATE UNIQUE INDEX reuse_listing_open ON reuse_listing (operator_id, battery_id) WHERE state IN ('published', 'reserved');
CALL meguri_tenant_table('reuse_listing');

-- Offers, hand-overs of custody, contracts for batteries as a service, guarantees: the same body on both sides.
CREATE TABLE reuse_deal (
  operator_id uuid        NOT NULL,
  deal_id     uuid        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('offer', 'custody', 'contract', 'guarantee')),
  side        text        NOT NULL CHECK (side IN ('giver', 'taker')),
  partner_id  uuid        NOT NULL,
  about_id    uuid        NOT NULL,
  state       text        NOT NULL,
  body        jsonb       NOT NULL,
  version     integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, deal_id)
);
CREATE INDEX reuse_deal_pair ON reuse_deal (deal_id);
CREATE INDEX reuse_deal_about ON reuse_deal (about_id, kind);
CREATE INDEX reuse_deal_listed ON reuse_deal (operator_id, kind, created_at DESC, deal_id DESC);
CALL meguri_tenant_table('reuse_deal');

CREATE TABLE reuse_demand (
  operator_id uuid        NOT NULL,
  demand_id   uuid        NOT NULL,
  name        text        NOT NULL,
  body        jsonb       NOT NULL,
  open        boolean     NOT NULL DEFAULT true,
  version     integer     NOT NULL DEFAULT 1,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, demand_id)
);
CREATE INDEX reuse_demand_listed ON reuse_demand (operator_id, created_at DESC, demand_id DESC);
CALL meguri_tenant_table('reuse_demand');

CREATE TABLE reuse_pool (
  operator_id uuid        NOT NULL,
  pool_id     uuid        NOT NULL,
  name        text        NOT NULL,
  rules       jsonb       NOT NULL,
  rated_kwh   numeric     NOT NULL,
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, pool_id)
);
CALL meguri_tenant_table('reuse_pool');

CREATE TABLE reuse_pack (
  operator_id uuid        NOT NULL,
  pool_id     uuid        NOT NULL,
  pack_id     text        NOT NULL,
  battery_id  uuid,
  state       text        NOT NULL,
  holder      text        NOT NULL DEFAULT '',
  body        jsonb       NOT NULL,
  version     integer     NOT NULL DEFAULT 1,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, pool_id, pack_id)
);
CREATE INDEX reuse_pack_of_battery ON reuse_pack (operator_id, battery_id) WHERE battery_id IS NOT NULL;
CALL meguri_tenant_table('reuse_pack');

CREATE TABLE reuse_swap (
  operator_id uuid        NOT NULL,
  pool_id     uuid        NOT NULL,
  swap_id     uuid        NOT NULL,
  contract_id uuid,
  at          timestamptz NOT NULL,
  station     text        NOT NULL,
  body        jsonb       NOT NULL,
  actor       text        NOT NULL,
  PRIMARY KEY (operator_id, swap_id)
);
CREATE INDEX reuse_swap_listed ON reuse_swap (operator_id, pool_id, at DESC, swap_id DESC);
CREATE INDEX reuse_swap_of_contract ON reuse_swap (operator_id, contract_id, at) WHERE contract_id IS NOT NULL;
CALL meguri_append_only_table('reuse_swap');
