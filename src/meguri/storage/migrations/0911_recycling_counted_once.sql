-- Which share of a lot was in the input fraction, an output or at a calculation point before ({entered, based, counted,
-- earned: {element: share}}), and what of that a line must not count again. proven_kg: recovered of this source, in all.
ALTER TABLE recycling_lot ADD COLUMN past jsonb NOT NULL DEFAULT '{}';
ALTER TABLE recycling_line ADD COLUMN past jsonb NOT NULL DEFAULT '{}';
ALTER TABLE recycling_credit_basis ADD COLUMN proven_kg numeric(18, 6);
UPDATE recycling_credit_basis SET proven_kg = issued_kg;
ALTER TABLE recycling_credit_basis ALTER COLUMN proven_kg SET NOT NULL;
-- Metals recovered before this date earn no second credit, and count as output once.
UPDATE recycling_lot AS l
   SET past = jsonb_build_object('counted', jsonb_build_object('mass', 1))
              || CASE WHEN x.calculation_point AND x.substitutes_primary AND l.kind NOT IN ('black_mass', 'slag')
                      THEN jsonb_build_object('earned', jsonb_build_object('mass', 1)) ELSE '{}' END
  FROM recycling_line x
  JOIN recycling_run r ON r.operator_id = x.operator_id AND r.run_id = x.run_id
 WHERE x.operator_id = l.operator_id AND x.lot_id = l.lot_id AND x.direction = 'out' AND x.counting = 'recycling'
   AND r.kind = 'process' AND r.status = 'posted';
