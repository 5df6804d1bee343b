def make_icd_coder(nlp, name):
    raise NotImplementedError
