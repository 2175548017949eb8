"""Ground words of the house: ids, time, numbers, units, bilingual text, refusals. Imports nothing of ours."""
