# /// script
# requires-python = ">=3.10"
# dependencies = ["numpy==2.4.6", "scipy==1.17.1", "statsmodels==0.15.0"]
# ///
"""Golden values of Wilcoxon's signed-rank test (SciPy), Holm's correction (statsmodels), quantiles (NumPy) and erfc (SciPy).

    python tests.py

Writes tests.json beside this file.
"""
import json
import pathlib
import warnings

import numpy as np
import scipy.special
import scipy.stats
from statsmodels.stats.multitest import multipletests

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(20240)
warnings.filterwarnings("ignore")


def wilcoxon_case(name, differences):
    result = scipy.stats.wilcoxon(differences, zero_method="wilcox", correction=False, alternative="two-sided", method="auto")
    return {"name": name, "differences": list(map(float, differences)), "statistic": float(result.statistic), "p": float(result.pvalue)}


def wilcoxon_cases():
    for n in [1, 2, 5, 8, 13, 14, 25, 50, 51, 120]:
        yield wilcoxon_case(f"{n} without ties", random.normal(0.3, 1, n))
        yield wilcoxon_case(f"{n} with ties", np.where(random.random(n) < 0.5, -1, 1) * random.integers(1, 5, n))
        with_zeros = random.integers(-3, 4, n)
        if with_zeros.any():
            yield wilcoxon_case(f"{n} with ties and zeros", with_zeros)
        zeros = random.normal(0.5, 1, n)
        zeros[: n // 4] = 0
        yield wilcoxon_case(f"{n} with zeros, no ties", zeros)
    yield wilcoxon_case("far apart", random.normal(5, 1, 200))


def holm_cases():
    for n in [1, 2, 6, 20]:
        p = random.random(n) ** 3
        if n > 5:
            p[3] = p[1]
        yield {"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()}


values = random.normal(size=17)
golden = {
    "wilcoxon": list(wilcoxon_cases()),
    "holm": list(holm_cases()),
    "quantiles": {"values": values.tolist(), "p": [0, 0.025, 0.5, 0.975, 1], "q": np.quantile(values, [0, 0.025, 0.5, 0.975, 1]).tolist(),
                  "mean": float(values.mean()), "sd": float(values.std(ddof=1))},
    "erfc": [[x, float(scipy.special.erfc(x))] for x in [0, 1e-9, 0.1, 0.5, 1, 1.4, 1.5, 1.6, 2, 3, 5, 10, 20]],
}
(HERE / "tests.json").write_text(json.dumps(golden) + "\n")
