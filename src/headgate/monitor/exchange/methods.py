"""The methods of Evidently's drift by name, beside what of ours computes the same or comes near.

Names, defaults and rules as evidently 0.7.23 has them; those of 0.4 to 0.6 are the same.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Ours = Literal[
    "psi",
    "jensen_shannon",
    "kl_divergence",
    "hellinger",
    "wasserstein",
    "energy_distance",
    "ks_statistic",
    "",
]
Kind = Literal["number", "category", "text"]


class Method(NamedTuple):
    """One way in which Evidently tells drift.

    Args:
        name: what its settings call it.
        display: what its reports call it.
        metric: ours that watches for the same; empty if another check does.
        number: function of `headgate.monitor.metrics` that gives the same number or the same
            test's p-value; empty if there is none.
        is_p_value: drift is a low number.
        default: its threshold where none is set.
        is_strict: a number that equals the threshold is no drift.
        instead: why there is no such number here, and what is watched in its place.
    """

    name: str
    display: str
    metric: Ours
    number: str = ""
    is_p_value: bool = False
    default: float = 0.1
    is_strict: bool = False
    instead: str = ""

    def is_drift(self, score: float, threshold: float) -> bool:
        """Tell drift as Evidently does."""
        if self.is_p_value:
            return score < threshold if self.is_strict else score <= threshold
        return score > threshold if self.is_strict else score >= threshold


def _distance(name: str, display: str, metric: Ours) -> Method:
    return Method(name, display, metric, number=metric, is_strict=name == "ed")


def _test(name: str, display: str, number: str, metric: Ours, default: float) -> Method:
    is_strict = name not in {"ks", "cramer_von_mises"}
    return Method(
        name, display, metric, number, is_p_value=True, default=default, is_strict=is_strict
    )


def _other(name: str, display: str, metric: Ours, instead: str, default: float = 0.1) -> Method:
    return Method(
        name, display, metric, is_p_value=True, default=default, is_strict=True, instead=instead
    )


def _of_text(name: str, display: str, default: float) -> Method:
    return Method(name, display, "", default=default, instead="the check text_drift watches text")


_SHUFFLED = "it reshuffles the rows a hundred times, so its number has two digits"
_SMALL = "it is for small samples"
METHODS = (
    _distance("psi", "PSI", "psi"),
    _distance("jensenshannon", "Jensen-Shannon distance", "jensen_shannon"),
    _distance("kl_div", "Kullback-Leibler divergence", "kl_divergence"),
    _distance("hellinger", "Hellinger distance", "hellinger"),
    _distance("wasserstein", "Wasserstein distance (normed)", "wasserstein"),
    _distance("ed", "Energy-distance", "energy_distance"),
    _test("ks", "K-S p_value", "ks_pvalue", "ks_statistic", 0.05),
    _test("chisquare", "chi-square p_value", "chi_square_pvalue", "jensen_shannon", 0.05),
    _test("z", "Z-test p_value", "chi_square_pvalue", "jensen_shannon", 0.05),
    _test("anderson", "Anderson-Darling", "anderson_darling_pvalue", "ks_statistic", 0.1),
    _test("cramer_von_mises", "Cramer-von Mises", "cramer_von_mises_pvalue", "ks_statistic", 0.1),
    _test("es", "Epps-Singleton", "epps_singleton_pvalue", "ks_statistic", 0.05),
    _test("mannw", "Mann-Whitney U-rank test", "mann_whitney_pvalue", "ks_statistic", 0.05),
    _other("t_test", "t_test", "wasserstein", "a mean that moves shows as wasserstein", 0.05),
    _other("g_test", "g_test", "jensen_shannon", "shares that move show as jensen_shannon"),
    _other("TVD", "Total-Variation-Distance", "jensen_shannon", _SHUFFLED),
    _other("fisher_exact", "Fisher's Exact test", "jensen_shannon", _SMALL),
    _other("empirical_mmd", "empirical_mmd", "wasserstein", _SHUFFLED),
    _of_text("perc_text_content_drift", "Percentile text content drift", 0.95),
    _of_text("abs_text_content_drift", "Absolute text content drift", 0.55),
)
_BY_NAME = {name.lower(): one for one in METHODS for name in (one.name, one.display)}


def method(name: str) -> Method | None:
    """Find a method by the name that settings or reports have for it; nothing if it is not known.

    >>> method("K-S p_value").name, method("psi").display
    ('ks', 'PSI')
    """
    return _BY_NAME.get(name.strip().lower())
