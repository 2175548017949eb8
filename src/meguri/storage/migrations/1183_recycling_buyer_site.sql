-- Where the buyer wants a lot: its own site, named when it proposes, accepts or afterwards; both halves hold it.
ALTER TABLE recycling_deal ADD COLUMN site_id uuid;
ALTER TABLE recycling_deal ADD COLUMN site_name text;
