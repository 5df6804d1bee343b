"""What a code is: the ICD-10 tree, the clinical lexicon, abbreviations, and readers of official directories."""
