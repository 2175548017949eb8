-- In which form a partner is told of quality problems: that of Trace-X, or with the shared message header.
ALTER TABLE dataspace_partner ADD COLUMN quality_form text NOT NULL DEFAULT 'tracex' CHECK (quality_form IN ('tracex', 'shared'));
