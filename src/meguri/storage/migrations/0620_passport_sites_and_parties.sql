-- GS1 Digital Links of sites (414) and parties (417): found by their Global Location Number, whatever its spelling.
CREATE INDEX passport_by_site ON passport (right(own ->> 'facility_id', 13), published_at)
 WHERE live AND own ->> 'facility_id' IS NOT NULL;
CREATE INDEX operator_by_gln ON operator (gln, created_at) WHERE gln IS NOT NULL;
