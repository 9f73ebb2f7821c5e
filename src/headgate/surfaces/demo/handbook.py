"""The handbook: READMEs of the packages installed here, cut into passages and searched.

Retrieval is TF-IDF with cosine similarity, as scikit-learn computes it; the answer quotes the
best passage. Nothing is fetched and no language model is asked.
"""

from __future__ import annotations

import re
from importlib.metadata import distributions
from typing import Any

import msgspec
import numpy as np

N_WORDS = 60
MAX_PASSAGES = 40
MAX_DOCUMENTS = 45
MIN_WORDS = 8
N_RETRIEVED = 3
ASKED = (
    "how do I install {}",
    "what is {} for",
    "show me an example with {}",
    "what changed in the new version of {}",
    "under which licence may I use {}",
    "where is the documentation of {}",
)
_NOISE = re.compile(r"https?://\S+|<[^>]*>|[`*#=|~^_\[\]()!-]{2,}|[`*#|\[\]]")


class Index(msgspec.Struct, frozen=True):
    """Passages ready to be searched.

    Args:
        snapshot: where their rows stand, such as `passages@2`.
        row_ids: of the passages, shape (n,).
        texts: the passages, in the same order.
        packages: names of the packages they tell about.
        vectorizer: the fitted TF-IDF.
        matrix: their vectors, one row a passage.
    """

    snapshot: str
    row_ids: Any
    texts: list[str]
    packages: list[str]
    vectorizer: Any
    matrix: Any


class Found(msgspec.Struct, frozen=True):
    """What a search gave for each question.

    Args:
        questions: as asked, n of them.
        places: the passages in the index, the best first, shape (n, 3).
        scores: cosine similarity of the best, shape (n,).
    """

    questions: list[str]
    places: Any
    scores: Any


def read_documents() -> list[dict[str, Any]]:
    """Read the READMEs of the installed packages, in the order of their names."""
    found: dict[str, dict[str, Any]] = {}
    for one in distributions():
        name, text = str(one.metadata["Name"]), _readme(one.metadata)
        if text:
            found[name.lower()] = {"package": name, "version": one.version, "text": text}
    return [found[name] for name in sorted(found)][:MAX_DOCUMENTS]


def split(text: str) -> list[str]:
    r"""Cut a README into passages of at most 60 words, without its markup.

    >>> split("# Title\n\none two three four five six seven eight")
    ['Title one two three four five six seven eight']
    """
    words = _NOISE.sub(" ", text).split()
    cut = [words[start : start + N_WORDS] for start in range(0, len(words), N_WORDS)]
    return [" ".join(part) for part in cut if len(part) >= MIN_WORDS][:MAX_PASSAGES]


def build_index(snapshot: str, table: Any) -> Index:
    """Make passages searchable.

    Args:
        snapshot: where they stand.
        table: columns `_rid`, `package` and `text`.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts: list[str] = table["text"].to_pylist()
    packages: list[str] = table["package"].to_pylist()
    vectorizer = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    # The package's name belongs to what is searched, not to what is quoted.
    named = [f"{package} {text}" for package, text in zip(packages, texts, strict=True)]
    matrix = vectorizer.fit_transform(named)
    row_ids = table["_rid"].to_numpy()
    known = list(dict.fromkeys(packages))
    return Index(snapshot, row_ids, texts, known, vectorizer, matrix)


def search(index: Index) -> Found:
    """Ask every question about every package the index knows."""
    questions = [text.format(name) for name in index.packages for text in ASKED]
    similar = (index.vectorizer.transform(questions) @ index.matrix.T).toarray()
    places = np.argsort(-similar, axis=1, kind="stable")[:, :N_RETRIEVED]
    return Found(questions, places, similar[np.arange(len(questions)), places[:, 0]])


def _readme(metadata: Any) -> str:
    """Return the long description, wherever this package keeps it."""
    return str(metadata.get_payload() or metadata.get("Description") or "").strip()
