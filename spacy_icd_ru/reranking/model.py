"""The small network that scores candidates."""

from __future__ import annotations

import numpy as np
from spacy.util import registry
from thinc.api import Linear, Model, Relu, chain
from thinc.types import Floats2d

from .features import N_FEATURES


@registry.architectures("spacy_icd_ru.CandidateScorer.v1")
def build_candidate_scorer(hidden_width: int = 64, dropout: float = 0.3) -> Model[Floats2d, Floats2d]:
    """Standardised features → one hidden layer → one score a candidate.

    Input: float32 [n candidates, N_FEATURES]. Output: float32 [n candidates, 1], each candidate's log odds
    against «none of these», before the softmax over a mention's candidates.
    """
    return chain(
        standardize(N_FEATURES),
        Relu(nO=hidden_width, nI=N_FEATURES, dropout=dropout),
        Linear(nO=1, nI=hidden_width),
    )


def standardize(width: int) -> Model[Floats2d, Floats2d]:
    """Subtract the mean and divide by the spread that ``set_statistics`` wrote; not trained."""
    return Model(
        "standardize",
        _forward,
        init=_init,
        dims={"nI": width, "nO": width},
        params={"mean": None, "spread": None},
    )


def _init(model: Model, X=None, Y=None) -> None:
    model.set_param("mean", np.zeros(model.get_dim("nI"), dtype="float32"))
    model.set_param("spread", np.ones(model.get_dim("nI"), dtype="float32"))


def _forward(model: Model, X: Floats2d, is_train: bool):
    spread = model.get_param("spread")

    def backprop(dY: Floats2d) -> Floats2d:
        return dY / spread

    return (X - model.get_param("mean")) / spread, backprop


def set_statistics(model: Model, features: Floats2d) -> None:
    """Fit the first layer of a candidate scorer to features [n, N_FEATURES]."""
    layer = model.layers[0]
    layer.set_param("mean", features.mean(axis=0).astype("float32"))
    # A feature that never varies in training must not explode when it does in use.
    layer.set_param("spread", (features.std(axis=0) + 1e-3).astype("float32"))
