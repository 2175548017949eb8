-- What is looked for by its name is found by it, however much there is: shells by their short name, datasets by their part, and the
-- offers of one type without walking those of the others.
CREATE INDEX aas_shell_by_name ON aas_shell (operator_id, id_short, shell_id);
CREATE INDEX dsp_dataset_of_part ON dsp_dataset (operator_id, trace_id) WHERE trace_id IS NOT NULL;

ALTER TABLE dsp_offer ADD COLUMN type_iri text NOT NULL DEFAULT '';
UPDATE dsp_offer o SET type_iri = d.type_iri
  FROM dsp_dataset d WHERE d.operator_id = o.operator_id AND d.dataset_id = o.dataset_id;
CREATE INDEX dsp_offer_by_type ON dsp_offer (operator_id, audience, type_iri, modified, dataset_id);

CREATE INDEX dsp_process_of_dataset ON dsp_process (operator_id, dataset_id) WHERE dataset_id IS NOT NULL;
