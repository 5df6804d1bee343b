"""Scores: which candidate is meant, and how deep the words let us go."""
