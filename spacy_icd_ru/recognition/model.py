"""The recogniser's model: one row of label scores per hashed feature, and label transitions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from spacy.util import registry
from thinc.api import Model
from thinc.types import Floats2d, Ints2d

from .crf import LABELS
from .features import N_TEMPLATES


@registry.architectures("spacy_icd_ru.HashedFeatureTagger.v1")
def build_hashed_feature_tagger(n_bits: int = 18) -> Model[list[Ints2d], list[Floats2d]]:
    """A linear model over hashed features, with the transitions of a linear-chain CRF as a parameter.

    n_bits: the table has 2**n_bits rows of five float32 (5 MB at 18). In cross-validation on RuCCoD this
    strongly regularised linear model beat convolutional networks of the usual size and ensembles with
    them: 3,000 records are few.

    Input: for each doc the feature ids [n tokens, N_TEMPLATES]. Output: emissions [n tokens, 5] in the
    order of ``crf.LABELS``.
    """
    if not 8 <= n_bits <= 24:
        raise ValueError(f"n_bits must be between 8 and 24, not {n_bits}")
    return Model(
        "hashed_feature_tagger",
        forward,
        init=init,
        dims={"nO": len(LABELS), "nI": N_TEMPLATES},
        params={"W": None, "transitions": None},
        # Hashes of the lexicon's names, see ``gazetteer``: part of the features, so part of the model.
        attrs={"n_bits": n_bits, "gazetteer": np.zeros(0, dtype="uint64")},
    )


def init(model: Model, X=None, Y=None) -> None:
    n_labels = model.get_dim("nO")
    model.set_param("W", model.ops.alloc2f(2 ** model.attrs["n_bits"], n_labels))
    model.set_param("transitions", model.ops.alloc2f(n_labels, n_labels))


def forward(model: Model, features: list[Ints2d], is_train: bool) -> tuple[list[Floats2d], Callable]:
    weights = model.get_param("W")
    lengths = [len(f) for f in features]
    flat = np.concatenate(features) if features else np.zeros((0, model.get_dim("nI")), dtype="int64")
    scores = weights[flat].sum(axis=1)
    bounds = np.cumsum(lengths)[:-1]
    emissions = np.split(scores, bounds) if features else []

    def backprop(d_emissions: list[Floats2d]) -> list:
        from scipy.sparse import csr_matrix

        if flat.size:
            indptr = np.arange(0, flat.size + 1, flat.shape[1])
            ones = np.ones(flat.size, dtype="float32")
            active = csr_matrix((ones, flat.ravel(), indptr), shape=(len(flat), len(weights)))
            d_weights = active.T @ np.concatenate(d_emissions)
            model.inc_grad("W", np.asarray(d_weights, dtype="float32"))
        return []

    return emissions, backprop
