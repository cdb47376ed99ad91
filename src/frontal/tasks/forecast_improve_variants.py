"""The five improvements of a forecast that introductions recommend, as settings to try."""

from __future__ import annotations

from dataclasses import dataclass, replace

from frontal.tasks.forecast_settings import ForecastSettings

BASE, HALF, ALL = "as it is", "half the data", "all together"


@dataclass(frozen=True)
class Variant:
    """Something to try.

    Attributes:
        name: of the improvement.
        change: in figures.
        settings: of the training; the seed is set for every trial.
        older: whether older data stand before the training part.
        part: of the training part that is learned, its end; 1 for all.
    """

    name: str
    change: str
    settings: ForecastSettings
    older: bool = False
    part: float = 1.0


def variants(
    base: ForecastSettings, length: int, others: tuple[str, ...], older: str | None
) -> tuple[list[Variant], list[str]]:
    """Return the run as it is and its improvements, each alone and all together; and what cannot be tried.

    Args:
        base: settings of the run, every guess filled in.
        length: values of the training part.
        others: columns of numbers that are not inputs yet.
        older: name of a source of older data, if there is one.

    Without older data the question "would more help?" is asked backwards: half of the data are taken away.
    """
    context, features = 2 * (base.context or 1), (*base.features, *others)
    changes: list[tuple[str, str, dict[str, object]]] = []
    left: list[str] = []
    if 2 * (context + (base.horizon or 1)) + (base.period or 1) < length:
        changes.append(("longer memory", f"{base.context} → {context} steps read", {"context": context}))
    else:
        left.append(f"Longer memory: {context} steps are too many for {length} values to learn from.")
    if others:
        named = ", ".join(others) if len(others) < 6 else f"{len(others)} further columns"
        changes.append(("other indicators", f"with {named}", {"features": features}))
    else:
        left.append("Other indicators: the data have no further column of numbers.")
    layers, units = base.layers + max(1, base.layers // 2), 2 * base.hidden
    changes.append(("more layers", f"{base.layers} → {layers} layers", {"layers": layers}))
    changes.append(("more units", f"{base.hidden} → {units} units a layer", {"hidden": units}))
    found = [Variant(name, change, base.replace(**values)) for name, change, values in changes]
    if older is not None:
        found.insert(0, Variant("more data", f"with {older} before", base, older=True))
    else:
        half = Variant(HALF, f"{length} → {length - length // 2} values to learn from", base, part=0.5)
        left.append("More data: there are none without --more FILE; instead, half of them are taken away.")
        found.insert(0, half)
    together: dict[str, object] = {}
    for _, _, values in changes:
        together |= values
    count = len(changes) + (older is not None)
    whole = Variant(ALL, f"the {count} of them", base.replace(**together), older=older is not None)
    return [Variant(BASE, "the run", base), *found, whole], left


def seeded(variant: Variant, seed: int) -> Variant:
    """The same with another seed."""
    return replace(variant, settings=variant.settings.replace(seed=seed))


def relative_cost(variant: Variant, length: int) -> float:
    """About how long a training takes, in units that only a ratio gives a meaning."""
    chosen = variant.settings
    windows = max(1.0, length * variant.part - (chosen.context or 1))
    return windows * (chosen.context or 1) * chosen.layers * chosen.hidden**0.6 * chosen.members
