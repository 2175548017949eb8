-- What was opened lately, over all companies.
CREATE INDEX disclosure_grant_opened ON disclosure_grant (item_group, since) WHERE released;
