-- name: add_webhook
INSERT INTO webhook (operator_id, webhook_id, url, description, types, secret_sealed, created_at)
VALUES (%(operator_id)s, %(webhook_id)s, %(url)s, %(description)s, %(types)s, %(secret_sealed)s, %(now)s);

-- name: webhooks
SELECT webhook_id, url, description, types, created_at, ended_at, ended_why FROM webhook
 WHERE operator_id = %(operator_id)s ORDER BY webhook_id;

-- name: webhook_secret
SELECT secret_sealed FROM webhook WHERE operator_id = %(operator_id)s AND webhook_id = %(webhook_id)s;

-- name: end_webhook
UPDATE webhook SET ended_at = %(now)s, ended_why = %(why)s
 WHERE operator_id = %(operator_id)s AND webhook_id = %(webhook_id)s AND ended_at IS NULL;

-- name: drop_pending
UPDATE webhook_delivery SET state = 'dead', last_error = %(why)s
 WHERE operator_id = %(operator_id)s AND webhook_id = %(webhook_id)s AND state = 'pending';

-- name: operators_with_webhooks
SELECT DISTINCT operator_id FROM webhook WHERE ended_at IS NULL ORDER BY operator_id;

-- name: add_delivery
INSERT INTO webhook_delivery (operator_id, delivery_id, webhook_id, notification_id, type, body, state, made_at, next_at)
VALUES (%(operator_id)s, %(delivery_id)s, %(webhook_id)s, %(notification_id)s, %(type)s, %(body)s, 'pending', %(now)s, %(now)s)
ON CONFLICT ON CONSTRAINT webhook_delivery_once DO NOTHING;

-- name: deliveries
SELECT delivery_id, webhook_id, type, state, attempts, made_at, next_at, last_at, last_status, last_error
  FROM webhook_delivery
 WHERE operator_id = %(operator_id)s AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(after)s::uuid IS NULL OR delivery_id < %(after)s)
 ORDER BY delivery_id DESC LIMIT %(limit)s;

-- name: delivery
SELECT d.delivery_id, d.webhook_id, d.body, d.state, d.attempts, w.url, w.ended_at
  FROM webhook_delivery d JOIN webhook w ON w.operator_id = d.operator_id AND w.webhook_id = d.webhook_id
 WHERE d.operator_id = %(operator_id)s AND d.delivery_id = %(delivery_id)s;

-- name: note_delivery
UPDATE webhook_delivery SET state = %(state)s, attempts = attempts + 1, last_at = %(now)s, next_at = coalesce(%(next_at)s, next_at),
       last_status = %(status)s, last_error = %(error)s
 WHERE operator_id = %(operator_id)s AND delivery_id = %(delivery_id)s AND state = 'pending';

-- name: revive
UPDATE webhook_delivery SET state = 'pending', attempts = 0, next_at = %(now)s
 WHERE operator_id = %(operator_id)s AND delivery_id = %(delivery_id)s AND state = 'dead';

-- name: forget_deliveries
DELETE FROM webhook_delivery WHERE made_at < %(before)s AND state <> 'pending';

-- name: forget_mail
DELETE FROM mail WHERE made_at < %(before)s AND state <> 'pending';

-- name: mark
SELECT up_to FROM news_mark WHERE operator_id = %(operator_id)s AND kind = %(kind)s;

-- name: set_mark
INSERT INTO news_mark (operator_id, kind, up_to) VALUES (%(operator_id)s, %(kind)s, %(up_to)s)
ON CONFLICT (operator_id, kind) DO UPDATE SET up_to = greatest(news_mark.up_to, excluded.up_to);

-- name: wishes
SELECT person_id, wish, language FROM mail_wish WHERE operator_id = %(operator_id)s;

-- name: save_wish
INSERT INTO mail_wish (operator_id, person_id, wish, language)
VALUES (%(operator_id)s, %(person_id)s, %(wish)s, %(language)s)
ON CONFLICT (operator_id, person_id) DO UPDATE SET wish = excluded.wish, language = excluded.language;

-- name: add_mail
INSERT INTO mail (operator_id, mail_id, recipient, what, subject, body, state, made_at)
VALUES (%(operator_id)s, %(mail_id)s, %(recipient)s, %(what)s, %(subject)s, %(body)s, 'pending', %(now)s)
ON CONFLICT ON CONSTRAINT mail_once DO NOTHING;

-- name: mail
SELECT recipient, what, subject, body FROM mail
 WHERE operator_id = %(operator_id)s AND mail_id = %(mail_id)s AND state = 'pending';

-- name: note_mail
UPDATE mail SET state = %(state)s, attempts = attempts + 1, sent_at = CASE WHEN %(state)s = 'sent' THEN %(now)s END, last_error = %(error)s
 WHERE operator_id = %(operator_id)s AND mail_id = %(mail_id)s AND state = 'pending'
RETURNING attempts;
