"""500 random tables of up to 20 x 20 and an attacker written apart, with both methods."""

import numpy as np
import pytest

from evaluation.disclosure import protect
from tests.evaluation.tables_attacker import printed_wrong, random_table, told_too_closely


@pytest.mark.parametrize("method", ["rounded", "exact"])
@pytest.mark.parametrize("seed", range(500))
def test_no_small_count_is_told(seed, method):
    rng = np.random.default_rng([11, seed])
    counts, threshold = random_table(rng), int(rng.choice([5, 10], p=[0.75, 0.25]))
    protected = protect(counts, threshold=threshold, method=method)
    assert told_too_closely(counts, protected.cells, method, threshold) == []
    assert printed_wrong(counts, protected.cells, method, threshold) == []
