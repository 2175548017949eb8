-- By what open findings are known again when they come to a customer over two suppliers: beside results and answers, in no
-- message and on no page. A result without them may count a finding twice, and says so.
ALTER TABLE diligence_result ADD COLUMN finding_keys jsonb;
ALTER TABLE diligence_answer ADD COLUMN finding_keys jsonb;
