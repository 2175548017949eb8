-- What both sides write to each other on a request, and which reminders have gone out.

-- Each side keeps its own copy, keyed by itself; `by_operator_id` says who wrote it.
CREATE TABLE trade_comment (
  operator_id    uuid        NOT NULL,
  comment_id     uuid        NOT NULL,
  trade_id       uuid        NOT NULL,
  by_operator_id uuid        NOT NULL,
  author         text        NOT NULL,
  body           text        NOT NULL,
  written_at     timestamptz NOT NULL,
  PRIMARY KEY (operator_id, comment_id)
);
CREATE INDEX trade_comment_of_trade ON trade_comment (operator_id, trade_id, comment_id);
CALL meguri_append_only_table('trade_comment');

-- One row per step of the rule and due date: nobody is reminded twice of the same thing. A new due date begins anew.
CREATE TABLE trade_reminder (
  operator_id uuid        NOT NULL,
  trade_id    uuid        NOT NULL,
  due_date    date        NOT NULL,
  days_left   integer     NOT NULL,
  reminded_at timestamptz NOT NULL,
  PRIMARY KEY (operator_id, trade_id, due_date, days_left)
);
CALL meguri_append_only_table('trade_reminder');
