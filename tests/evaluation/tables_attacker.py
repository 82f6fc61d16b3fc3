"""An attacker of printed tables that shares nothing with the code that protects them.

Every cell is a variable of its own, margins too; the prints are read anew; every smallest and
largest value is a linear programme of its own. The matrix of a table with margins is totally
unimodular, so the ends are whole numbers.
"""

from functools import cache

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array


def random_table(rng):
    """From 1 x 1 to 20 x 20, from nearly empty to full, with zeros and some large cells."""
    height, width = rng.integers(1, 21, size=2)
    level = rng.choice([0.3, 1, 3, 8, 30])
    means = level * rng.gamma(0.7, 1.5, size=(height, width))
    table = rng.poisson(means)
    table[rng.random((height, width)) < rng.choice([0, 0.2, 0.6])] = 0
    return table.tolist()


def with_margins(counts):
    inner = np.array(counts)
    wide = np.column_stack([inner, inner.sum(axis=1)])
    return np.vstack([wide, wide.sum(axis=0)])


@cache
def sums(height, width):
    """One row a sum: its cells plus, its margin minus. Shape is that with margins."""
    lines = [
        {**{(i, j): 1 for j in range(width - 1)}, (i, width - 1): -1} for i in range(height)
    ] + [{**{(i, j): 1 for i in range(height - 1)}, (height - 1, j): -1} for j in range(width)]
    entries = [
        (n, i * width + j, sign) for n, line in enumerate(lines) for (i, j), sign in line.items()
    ]
    rows, columns, signs = zip(*entries, strict=True)
    return coo_array((signs, (rows, columns)), shape=(len(lines), height * width)).tocsc()


def what_it_says(cell, threshold):
    match cell:
        case None:
            return (0, None)
        case int():
            return (cell, cell)
        case "0":
            return (0, 0)
        case str() if cell[0] == "<":
            assert cell == f"<{threshold}"
            return (1, threshold - 1)
        case str():
            number = int(cell.replace(",", ""))
            return (max(number - 2, threshold), number + 2)


def nearest_five(count):
    low = count - count % 5
    return low if count - low < 3 else low + 5


def told_too_closely(counts, cells, method, threshold):
    """Places of small counts that the print gives away."""
    true = with_margins(counts)
    height, width = true.shape
    bounds = [what_it_says(cell, threshold) for row in cells for cell in row]

    def end(place, sign):
        costs = np.zeros(height * width)
        costs[place] = sign
        found = linprog(
            costs, A_eq=sums(height, width), b_eq=np.zeros(height + width), bounds=bounds
        )
        if found.status == 3:
            return np.inf
        assert found.status == 0, found.message
        return round(sign * found.fun)

    told = []
    for place in np.flatnonzero((true > 0) & (true < threshold)):
        low, high = end(place, 1), end(place, -1)
        if cells[place // width][place % width] is None:
            is_safe = high - low >= threshold
        else:
            is_safe = method == "rounded" and (low, high) == (1, threshold - 1)
        if not is_safe:
            told.append(divmod(int(place), width))
    return told


def printed_wrong(counts, cells, method, threshold):
    """Places that show something else than their own true count, by the rules."""
    true = with_margins(counts)

    def right(count):
        if method == "exact":
            return count
        if 0 < count < threshold:
            return f"<{threshold}"
        return format(nearest_five(count), ",")

    return [
        (i, j)
        for (i, j), count in np.ndenumerate(true)
        if cells[i][j] is not None and cells[i][j] != right(int(count))
    ]
