"""What a word of a diagnosis field is, whatever way it was typed: one spelling, one lemma, one stage."""
