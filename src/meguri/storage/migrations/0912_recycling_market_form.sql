-- In which form material is offered and wanted: powder, crystals, solution … (null: not stated, any).
ALTER TABLE recycling_offer ADD COLUMN form text;
ALTER TABLE recycling_want ADD COLUMN form text;
