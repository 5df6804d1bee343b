"""A small pipeline, trained once a session as `spacy train` does it, on records of our own wording."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest

from spacy_icd_ru.corpora.records import Mention, Record

CONFIG = Path(__file__).parent.parent / "configs" / "sm.cfg"

LEXICON = """\
code	name	kind	note
E11	Сахарный диабет 2 типа	preferred
E11	СД 2 типа	abbreviation
E11.9	Сахарный диабет 2 типа без осложнений	preferred
I10	Гипертоническая болезнь	preferred
I10	Артериальная гипертония	synonym
I25.1	Атеросклеротическая болезнь сердца	preferred
I25.2	Постинфарктный кардиосклероз	preferred
J03.9	Острая ангина	preferred
J06.9	Острая респираторная инфекция	preferred
J06.9	ОРВИ	abbreviation
J45	Бронхиальная астма	preferred
J45.0	Аллергическая бронхиальная астма	preferred
K29.3	Хронический поверхностный гастрит	preferred
K29.5	Хронический гастрит	preferred
K29.7	Гастрит	preferred
K80.2	Камни желчного пузыря	preferred
K80.2	Желчнокаменная болезнь	synonym
M42.1	Остеохондроз позвоночника	preferred
N20.0	Камень почки	preferred
N30.9	Цистит	preferred
"""

# A diagnosis field: a mention in brackets, its code after it. As in life, the coders are not of one mind.
_FIELDS = """\
[Хронический гастрит|K29.5], вне обострения.
Основное: [гипертоническая болезнь|I10] 2 ст., риск 3. Сопутствующее: [сахарный диабет 2 типа|E11.9].
[ОРВИ|J06.9], лёгкое течение
[острый цистит|N30.9]; [камень левой почки|N20.0] под вопросом
[Бронхиальная астма|J45], приступы по ночам
[Аллергическая астма|J45.0], ремиссия. Пыльца берёзы.
[Желчнокаменная болезнь|K80.2]: операция в плане
[Остеохондроз поясничного отдела|M42.1], боли при ходьбе
[Постинфарктный кардиосклероз|I25.2]. [АГ|I10] 3 ст.
[Ангина|J03.9] на фоне [ОРВИ|J06.9]
Осмотр без жалоб. [Поверхностный гастрит|K29.3]
1) [СД 2 типа|E11.9]; 2) [цистит|N30.9]
Диагноз: [атеросклероз сердца|I25.1]
Состояние после операции по поводу [камней желчного пузыря|K80.2]
[гастрит|K29.7]?
На приёме с матерью: [острая ангина|J03.9].
[Гипертония|I10], [остеохондроз|M42.1]
[сахарный диабет|E11], сахар 8,1
Жалоб нет, анализы в норме.
[Хр. гастрит|K29.5] + [хр. цистит|N30.9]
[гастрит|K29.5], [остеохондроз|M42.1]
[Сахарный диабет|E11.9]. [Гастрит|K29.3]?
"""


def parse_field(marked: str, id: str) -> Record:
    """``[words|code]`` → a record with that mention."""
    text, mentions, rest = "", [], marked
    while "[" in rest:
        before, rest = rest.split("[", 1)
        inside, rest = rest.split("]", 1)
        words, code = inside.split("|")
        text += before
        mentions.append(Mention(len(text), len(text) + len(words), words, (code,)))
        text += words
    return Record(id, text + rest, tuple(mentions))


@dataclass(frozen=True)
class Tiny:
    """The trained pipeline, the folder it was saved to, and what it was trained from."""

    nlp: object
    folder: Path
    lexicon: Path
    corpus: Path
    records: list


def tiny_config(lexicon: Path, corpus: Path):
    """configs/sm.cfg, small enough for a test."""
    from spacy.util import load_config

    small = {
        "paths.train": str(corpus),
        "paths.dev": str(corpus),
        "training.max_steps": 60,
        "training.eval_frequency": 30,
        "training.optimizer.learn_rate.initial_rate": 0.003,
        "training.optimizer.learn_rate.warmup_steps": 2,
        "components.diagnosis_recognizer.model.n_bits": 14,
        "components.diagnosis_recognizer.optimizer.L2": 0.0005,
        "components.diagnosis_recognizer.optimizer.learn_rate.warmup_steps": 2,
        "components.icd_retriever.n_bits": 13,
        "components.icd_retriever.top_n": 12,
        "components.icd_retriever.max_weights": 20_000,
        "components.icd_reranker.n_folds": 5,
        "components.icd_reranker.threshold": 0.2,
        "initialize.components.diagnosis_recognizer.lexicon": str(lexicon),
        "initialize.components.icd_retriever.lexicon": str(lexicon),
    }
    return load_config(CONFIG, overrides=small, interpolate=False)


@pytest.fixture(scope="session")
def records() -> list[Record]:
    fields = [line for line in _FIELDS.splitlines() if line]
    # Twice: as it stands, and as a hurried hand types it.
    twice = fields + [line.replace(". ", ".").replace(", ", ",").replace("ё", "е") for line in fields]
    return [parse_field(line, str(i + 1)) for i, line in enumerate(twice)]


@pytest.fixture(scope="session")
def lexicon(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("lexicon") / "names.tsv"
    path.write_text(LEXICON, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def corpus(tmp_path_factory, records) -> Path:
    import spacy

    from spacy_icd_ru.corpora.docs import write_docbin

    config = {"nlp": {"tokenizer": {"@tokenizers": "spacy_icd_ru.ClinicalTokenizer.v1"}}}
    path = tmp_path_factory.mktemp("corpus") / "train.spacy"
    write_docbin(records, path, spacy.blank("ru", config=config))
    return path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory, lexicon, corpus, records) -> Tiny:
    from spacy.training.initialize import init_nlp
    from spacy.training.loop import train

    from spacy_icd_ru import load

    nlp = init_nlp(tiny_config(lexicon, corpus), use_gpu=-1)
    folder = tmp_path_factory.mktemp("trained")
    train(nlp, folder, use_gpu=-1, stdout=io.StringIO(), stderr=io.StringIO())
    last = folder / "model-last"
    return Tiny(load(last), last, lexicon, corpus, records)


@pytest.fixture
def fresh(tiny):
    """A copy of the trained pipeline, for tests that change it."""
    from spacy_icd_ru import load

    return load(tiny.folder)
