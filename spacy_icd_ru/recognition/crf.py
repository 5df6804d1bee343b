"""Linear-chain conditional random field over BILUO labels, for whole batches, in numpy.

Lafferty, McCallum and Pereira (2001). Sequences are padded to the longest of the batch; five labels make
every step a (batch, 5, 5) array operation, so the cost is that of numpy calls, not of Python loops over
tokens. Scores are float32, shapes are given in brackets: B sequences, T steps, L = 5 labels.
"""

from __future__ import annotations

import numpy as np

LABELS = ("O", "B", "I", "L", "U")
O, B, I, L, U = range(5)
_FORBIDDEN = np.float32(-1e4)
# Log scores grow with the sequence: from here on single precision can no longer tell 0.99 from 0.6.
_SINGLE_PRECISION = 512


def _constraints() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    transition = np.full((5, 5), _FORBIDDEN, dtype="float32")
    for before in (O, L, U):
        transition[before, [O, B, U]] = 0.0
    for before in (B, I):
        transition[before, [I, L]] = 0.0
    start = np.array([0.0, 0.0, _FORBIDDEN, _FORBIDDEN, 0.0], dtype="float32")
    end = np.array([0.0, _FORBIDDEN, _FORBIDDEN, 0.0, 0.0], dtype="float32")
    return transition, start, end


#: Which label may follow which, begin and end a sequence: 0 where allowed, a large negative number else.
TRANSITION_MASK, START_MASK, END_MASK = _constraints()


def _logsumexp(scores: np.ndarray, axis: int) -> np.ndarray:
    top = scores.max(axis=axis, keepdims=True)
    return np.log(np.exp(scores - top).sum(axis=axis)) + np.squeeze(top, axis)


def forward_backward(
    emissions: np.ndarray, lengths: np.ndarray, transitions: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Forward and backward log scores.

    emissions [B, T, L], lengths [B] (at least 1), transitions [L, L] (from, to).
    Returns alpha [B, T, L], beta [B, T, L], log partition [B], masked transitions [L, L]. Steps past a
    sequence's length hold garbage: mask them.
    """
    batch, steps, labels = emissions.shape
    allowed = transitions + TRANSITION_MASK
    alpha = np.empty_like(emissions)
    beta = np.zeros_like(emissions)
    alpha[:, 0] = emissions[:, 0] + START_MASK
    for t in range(1, steps):
        alpha[:, t] = emissions[:, t] + _logsumexp(alpha[:, t - 1, :, None] + allowed[None], axis=1)
    last = lengths - 1
    beta[np.arange(batch), last] = END_MASK
    for t in range(steps - 2, -1, -1):
        step = _logsumexp(allowed[None] + (emissions[:, t + 1] + beta[:, t + 1])[:, None, :], axis=2)
        inside = t < last
        beta[inside, t] = step[inside]
    log_z = _logsumexp(alpha[np.arange(batch), last] + END_MASK, axis=1)
    return alpha, beta, log_z, allowed


def loss_and_gradient(
    emissions: np.ndarray, lengths: np.ndarray, transitions: np.ndarray, gold: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Negative log-likelihood of gold label ids [B, T], summed, with its gradients.

    Returns (loss, d emissions [B, T, L], d transitions [L, L]).
    """
    batch, steps, labels = emissions.shape
    alpha, beta, log_z, allowed = forward_backward(emissions, lengths, transitions)
    mask = np.arange(steps)[None] < lengths[:, None]
    d_emissions = np.exp(np.minimum(alpha + beta - log_z[:, None, None], 0.0)) * mask[..., None]
    rows, cols = np.nonzero(mask)
    labels_at = gold[rows, cols]
    score = emissions[rows, cols, labels_at].sum(dtype="float64")
    d_emissions[rows, cols, labels_at] -= 1.0
    d_transitions = np.zeros((labels, labels), dtype="float32")
    for t in range(steps - 1):
        inside = lengths > t + 1
        if not inside.any():
            break
        pair = (
            alpha[inside, t, :, None]
            + allowed[None]
            + (emissions[inside, t + 1] + beta[inside, t + 1])[:, None, :]
            - log_z[inside, None, None]
        )
        d_transitions += np.exp(np.minimum(pair, 0.0)).sum(axis=0)
        before, after = gold[inside, t], gold[inside, t + 1]
        np.subtract.at(d_transitions, (before, after), 1.0)
        score += transitions[before, after].sum(dtype="float64")
    return float(log_z.sum(dtype="float64") - score), d_emissions, d_transitions


def span_log_probabilities(
    emissions: np.ndarray, lengths: np.ndarray, transitions: np.ndarray, max_length: int, floor: float
) -> list[list[tuple[int, int, float]]]:
    """Every span whose marginal probability under the CRF is at least `floor`.

    A span (first, last) is the path B I … I L, or U. Returns for each sequence a list of
    (first token, last token, probability), both ends included, at most `max_length` tokens long.
    """
    batch, steps, _ = emissions.shape
    if steps > _SINGLE_PRECISION:
        emissions = emissions.astype("float64")
    alpha, beta, log_z, allowed = forward_backward(emissions, lengths, transitions)
    valid = np.arange(steps)[None] < lengths[:, None]
    norm = log_z[:, None]
    found: list[list[tuple[int, int, float]]] = [[] for _ in range(batch)]
    limit = np.log(floor)

    def collect(log_p: np.ndarray, width: int) -> None:
        for row, first in zip(*np.nonzero(log_p >= limit)):
            found[row].append(
                (int(first), int(first) + width - 1, float(np.exp(min(0.0, log_p[row, first]))))
            )

    collect(np.where(valid, alpha[..., U] + beta[..., U] - norm, _FORBIDDEN), 1)
    # inside[b, s]: score of the path B I … I that began at s, grown by one token a turn.
    inside = np.where(valid, alpha[..., B], _FORBIDDEN)
    before = B
    for width in range(2, min(max_length, steps) + 1):
        starts = steps - width + 1
        end = slice(width - 1, steps)
        ok = valid[:, end]
        close = inside[:, :starts] + allowed[before, L] + emissions[:, end, L] + beta[:, end, L] - norm
        collect(np.where(ok, close, _FORBIDDEN), width)
        inside = np.where(ok, inside[:, :starts] + allowed[before, I] + emissions[:, end, I], _FORBIDDEN)
        before = I
        # A prefix whose open path is this unlikely can't close into a span over the floor.
        if width > 2 and (inside + beta[:, end, I] - norm).max(initial=_FORBIDDEN) < limit:
            break
    return found
