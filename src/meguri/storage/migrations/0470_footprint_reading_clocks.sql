-- A plant reads its meters by the clock on its wall: the month of a worksheet is a month of that clock, not of UTC.
ALTER TABLE footprint_reading ADD COLUMN offset_minutes smallint NOT NULL DEFAULT 0;
