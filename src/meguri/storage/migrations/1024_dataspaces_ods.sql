-- Open Data Spaces: lists of recipients, notifications with who has received them, explicit permissions, registered services.
CREATE TABLE ods_target_list (
  operator_id uuid        NOT NULL,
  list_id     uuid        NOT NULL,
  name        text        NOT NULL,
  target_ids  uuid[]      NOT NULL,
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, list_id)
);
CALL meguri_tenant_table('ods_target_list');

CREATE TABLE ods_notification (
  operator_id     uuid        NOT NULL,
  notification_id uuid        NOT NULL,
  type_code       text        NOT NULL,
  type_name       text        NOT NULL,
  title           text        NOT NULL,
  content         text        NOT NULL,
  data_id         uuid,
  status          text        NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled', 'deleted')),
  created_at      timestamptz NOT NULL,
  updated_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, notification_id)
);
CREATE INDEX ods_notification_type ON ods_notification (type_code);
CREATE INDEX ods_notification_name ON ods_notification (type_name);
CALL meguri_tenant_table('ods_notification');

-- One row per recipient, frozen when the notification is made; it belongs to the recipient.
CREATE TABLE ods_recipient (
  operator_id     uuid        NOT NULL,
  notification_id uuid        NOT NULL,
  sender_id       uuid        NOT NULL,
  received_at     timestamptz,
  data_received_at timestamptz,
  PRIMARY KEY (operator_id, notification_id)
);
CREATE INDEX ods_recipient_of ON ods_recipient (sender_id, notification_id);
CALL meguri_tenant_table('ods_recipient');

-- user:<operator> can_access endpoint:<id>
CREATE TABLE ods_permission (
  operator_id uuid    NOT NULL,
  endpoint_id text    NOT NULL,
  allowed     boolean NOT NULL,
  PRIMARY KEY (operator_id, endpoint_id)
);
CALL meguri_tenant_table('ods_permission');

CREATE TABLE ods_registration (
  operator_id     uuid        NOT NULL,
  registration_id uuid        NOT NULL,
  domain          text        NOT NULL,
  keys            text[]      NOT NULL,
  service         jsonb       NOT NULL,
  expires_at      timestamptz NOT NULL,
  PRIMARY KEY (operator_id, registration_id)
);
CREATE INDEX ods_registration_keys ON ods_registration USING gin (keys);
CREATE INDEX ods_registration_expiry ON ods_registration (expires_at);
CALL meguri_tenant_table('ods_registration');
