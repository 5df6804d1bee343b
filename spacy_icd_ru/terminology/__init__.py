"""What a code is: the ICD-10 tree, the clinical lexicon, abbreviations, readers of official directories."""
