-- Months are cut where the site is: its own time zone, else (null) that of its country by rule data. What was booked before
-- stays in the month in which it was booked: the month is part of each entry's hash, and closed statements rest on it.
ALTER TABLE recycling_site ADD COLUMN time_zone text;
