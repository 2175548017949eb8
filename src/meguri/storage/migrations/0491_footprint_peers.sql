-- Statistics among peers. What a company contributes is its own row; a figure that is told is copied to each contributor, with
-- what that company itself had said when it was told. Nobody's row holds another company's value.

CREATE TABLE footprint_peer_share (
  operator_id uuid        NOT NULL,
  result_id   uuid        NOT NULL,
  grp         text        NOT NULL,
  pack_id     text        NOT NULL,
  year        integer     NOT NULL,
  value       numeric     NOT NULL,
  weight      numeric     NOT NULL CHECK (weight > 0),
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, result_id)
);
CREATE INDEX footprint_peer_share_of_group ON footprint_peer_share (grp, pack_id, year);
CALL meguri_tenant_table('footprint_peer_share');

CREATE TABLE footprint_peer_figure (
  operator_id uuid        NOT NULL,
  figure_id   uuid        NOT NULL,
  grp         text        NOT NULL,
  pack_id     text        NOT NULL,
  year        integer     NOT NULL,
  mean        numeric     NOT NULL,
  at_least    integer     NOT NULL,
  own_value   numeric     NOT NULL,
  own_weight  numeric     NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (operator_id, figure_id)
);
CREATE INDEX footprint_peer_figure_of_group ON footprint_peer_figure (grp, pack_id, year, figure_id DESC);
CALL meguri_tenant_table('footprint_peer_figure');
