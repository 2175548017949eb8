"""Questionnaires as versioned data: gates, required answers, and scores that explain themselves line by line. Pure."""

from meguri.diligence.questionnaire.model import Line, Question, Scored, Section, Template
from meguri.diligence.questionnaire.score import check_answers, required_keys, score
from meguri.diligence.questionnaire.templates import built_in, read_template, unmapped

__all__ = [
    "Line",
    "Question",
    "Scored",
    "Section",
    "Template",
    "built_in",
    "check_answers",
    "read_template",
    "required_keys",
    "score",
    "unmapped",
]
