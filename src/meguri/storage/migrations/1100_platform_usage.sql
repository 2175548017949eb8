-- Each request answered, once, with when it first was: what a statement counts. A request withdrawn later was answered all the same.
CREATE TABLE usage_answer (
  operator_id  uuid        NOT NULL,
  trade_id     uuid        NOT NULL,
  answered_at  timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trade_id)
);
CREATE INDEX usage_answer_by_time ON usage_answer (operator_id, answered_at);
CALL meguri_append_only_table('usage_answer');
