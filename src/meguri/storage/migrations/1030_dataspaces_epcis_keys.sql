-- Events are found by the GS1 keys of what they name, whichever host a Digital Link was written with; the bodies stay as written.
CREATE FUNCTION pg_temp.key_of(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce('https://id.gs1.org' || regexp_replace(regexp_replace(regexp_replace(
      rtrim(split_part(split_part(found[1], '?', 1), '#', 1), '/'),
      '^/01/(\d{13})(/|$)', '/01/0\1\2'), '^/01/(\d{12})(/|$)', '/01/00\1\2'), '^/01/(\d{8})(/|$)', '/01/000000\1\2'), name)
    FROM (SELECT regexp_match(name,
      '^https?://[^/]+(?:/[^/]+)*?(/(?:01|00|414|417|8003|8004|8006|8010|253|255|401|402)/.+)$') AS found) AS looked
$$;
UPDATE epcis_event
   SET epcs = ARRAY(SELECT DISTINCT pg_temp.key_of(one) FROM unnest(epcs) AS told (one) ORDER BY 1),
       read_point = pg_temp.key_of(read_point), biz_location = pg_temp.key_of(biz_location)
 WHERE EXISTS (SELECT 1 FROM unnest(epcs || read_point || biz_location) AS told (one) WHERE one <> pg_temp.key_of(one));
