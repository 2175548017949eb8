-- Who was told something lately, over all companies.
CREATE INDEX notification_by_time ON notification (notified_at);
