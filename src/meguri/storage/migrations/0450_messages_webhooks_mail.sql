-- Reaching a company's systems (webhooks) and people (mail) with what it was told.

-- types: the notification types wanted; empty means all. secret_sealed: the signing secret under the installation's own.
CREATE TABLE webhook (
  operator_id   uuid        NOT NULL,
  webhook_id    uuid        NOT NULL,
  url           text        NOT NULL,
  description   text        NOT NULL,
  types         text[]      NOT NULL,
  secret_sealed bytea       NOT NULL,
  created_at    timestamptz NOT NULL,
  ended_at      timestamptz,
  ended_why     text,
  PRIMARY KEY (operator_id, webhook_id)
);
CALL meguri_tenant_table('webhook');

-- One message to one webhook; the body is kept as it is signed. state dead: every try failed, or nobody wants it any more.
CREATE TABLE webhook_delivery (
  operator_id     uuid        NOT NULL,
  delivery_id     uuid        NOT NULL,
  webhook_id      uuid        NOT NULL,
  notification_id uuid        NOT NULL,
  type            text        NOT NULL,
  body            text        NOT NULL,
  state           text        NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
  attempts        integer     NOT NULL DEFAULT 0,
  made_at         timestamptz NOT NULL,
  next_at         timestamptz NOT NULL,
  last_at         timestamptz,
  last_status     integer,
  last_error      text,
  PRIMARY KEY (operator_id, delivery_id),
  CONSTRAINT webhook_delivery_once UNIQUE (operator_id, webhook_id, notification_id)
);
CREATE INDEX webhook_delivery_listed ON webhook_delivery (operator_id, made_at DESC, delivery_id DESC);
CALL meguri_tenant_table('webhook_delivery');

-- A letter to one person. what: keys it, so that nobody gets the same letter twice. state dead: the mail server refused for good.
CREATE TABLE mail (
  operator_id uuid        NOT NULL,
  mail_id     uuid        NOT NULL,
  recipient   text        NOT NULL,
  what        text        NOT NULL,
  subject     text        NOT NULL,
  body        text        NOT NULL,
  state       text        NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
  attempts    integer     NOT NULL DEFAULT 0,
  made_at     timestamptz NOT NULL,
  sent_at     timestamptz,
  last_error  text,
  PRIMARY KEY (operator_id, mail_id),
  CONSTRAINT mail_once UNIQUE (operator_id, recipient, what)
);
CREATE INDEX mail_listed ON mail (operator_id, made_at DESC, mail_id DESC);
CALL meguri_tenant_table('mail');

-- What a person wants by mail; without a row, what matters at once and the rest once a day.
CREATE TABLE mail_wish (
  operator_id uuid    NOT NULL,
  person_id   uuid    NOT NULL,
  wish        text    NOT NULL CHECK (wish IN ('at_once', 'daily', 'none')),
  language    text    NOT NULL CHECK (language IN ('ja', 'en')),
  PRIMARY KEY (operator_id, person_id)
);
CALL meguri_tenant_table('mail_wish');

-- Up to when the news of each operator was handed over.
CREATE TABLE news_mark (
  operator_id uuid        NOT NULL,
  kind        text        NOT NULL CHECK (kind IN ('news', 'digest')),
  up_to       timestamptz NOT NULL,
  PRIMARY KEY (operator_id, kind)
);
CALL meguri_tenant_table('news_mark');
