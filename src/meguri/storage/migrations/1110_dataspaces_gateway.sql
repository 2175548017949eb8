-- Routes of the gateway of Open Data Spaces. They belong to the platform (nil UUID).
CREATE TABLE ods_route (
  operator_id uuid        NOT NULL,
  route_id    text        NOT NULL,
  definition  text        NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, route_id)
);
CALL meguri_tenant_table('ods_route');

-- user:<operator> member group:<id>
CREATE TABLE ods_group_member (
  operator_id uuid NOT NULL,
  group_id    text NOT NULL,
  PRIMARY KEY (operator_id, group_id)
);
CALL meguri_tenant_table('ods_group_member');

-- group:<id>#member can_access endpoint:<id>. They belong to the platform (nil UUID).
CREATE TABLE ods_group_permission (
  operator_id uuid NOT NULL,
  endpoint_id text NOT NULL,
  group_id    text NOT NULL,
  PRIMARY KEY (operator_id, endpoint_id, group_id)
);
CALL meguri_tenant_table('ods_group_permission');
CREATE INDEX ods_permission_endpoint ON ods_permission (endpoint_id);
