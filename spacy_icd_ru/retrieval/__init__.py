"""Candidates: which codes could a mention mean, and what speaks for each."""
