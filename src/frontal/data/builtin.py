"""Series that come with the package, for demonstrations on a machine without data."""

from __future__ import annotations

import numpy as np

from frontal.data.table import Table
from frontal.errors import FrontalError, did_you_mean

# International airline passengers, thousands a month, 1949-01 to 1960-12: Series G of
# Box & Jenkins, Time Series Analysis: Forecasting and Control (1976). One row a year.
# fmt: off
_AIRLINE = (
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118,
    115, 126, 141, 135, 125, 149, 170, 170, 158, 133, 114, 140,
    145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194,
    196, 196, 236, 235, 229, 243, 264, 272, 237, 211, 180, 201,
    204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278,
    284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271, 306,
    315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
    340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337,
    360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405,
    417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
)
# fmt: on


def _airline() -> Table:
    months = np.arange("1949-01", "1961-01", dtype="datetime64[M]").astype("datetime64[us]")
    return Table("airline", {"Month": months, "Passengers": np.array(_AIRLINE, dtype=np.float64)})


_MAKERS = {"airline": _airline}
BUILTIN: tuple[str, ...] = tuple(_MAKERS)


def builtin(name: str) -> Table:
    """Return a built-in series as a table; `BUILTIN` lists the names.

    Raises:
        FrontalError: there is no such series.
    """
    if name not in _MAKERS:
        raise FrontalError(f"no built-in series is called {name!r}; {did_you_mean(name, BUILTIN)}")
    return _MAKERS[name]()
