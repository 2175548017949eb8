-- What a company is told about requests between it and others. operator_id is the one who is told.
CREATE TABLE notification (
  operator_id            uuid        NOT NULL,
  notification_id        uuid        NOT NULL,
  type                   text        NOT NULL,
  family                 text        NOT NULL,
  from_operator_id       uuid        NOT NULL,
  trade_id               uuid        NOT NULL,
  request_id             uuid        NOT NULL,
  downstream_operator_id uuid        NOT NULL,
  upstream_operator_id   uuid        NOT NULL,
  downstream_trace_id    uuid        NOT NULL,
  upstream_trace_id      uuid,
  notified_at            timestamptz NOT NULL,
  read_at                timestamptz,
  PRIMARY KEY (operator_id, notification_id)
);
CREATE INDEX notification_newest ON notification (operator_id, notified_at DESC, notification_id DESC);
CREATE INDEX notification_unread ON notification (operator_id, notified_at DESC) WHERE read_at IS NULL;
CALL meguri_tenant_table('notification');
