-- A battery is found by its passport whoever made it.
CREATE INDEX recycling_battery_by_passport ON recycling_battery (passport);
