"""The forecaster of many series: a panel in, a frame of forecasts with intervals out, in scikit-learn's verbs."""

from __future__ import annotations

from time import perf_counter
from typing import Any, ClassVar, Self, final

import numpy as np
import torch
from torch import Tensor

from frontal.data.panel import Panel, PanelRoles, named_few, refuse_short
from frontal.data.panel_future import refuse_unknown_future, with_future
from frontal.data.panel_read import library_of, read_panel
from frontal.diagnostics.frame import Library, frame_of
from frontal.diagnostics.panel_backtest import PanelBacktest, PanelForecast
from frontal.diagnostics.subject_series import Series
from frontal.errors import FrontalError, did_you_mean
from frontal.layers.threads import threads_to_train
from frontal.tasks.forecast_panel_backtest import backtest_panel, measure_panel
from frontal.tasks.forecast_panel_guesses import complete, least_past, why
from frontal.tasks.forecast_panel_model import PanelModel, Paths
from frontal.tasks.forecast_panel_save import panel_contents, restored_models, restored_panel
from frontal.tasks.forecast_panel_settings import KIND, PanelSettings
from frontal.tasks.forecast_panel_subject import panel_subject
from frontal.training.estimator import Estimator
from frontal.training.progress import Progress, SilentProgress
from frontal.training.run_directory import Run


@final
class PanelForecaster(Estimator[PanelSettings]):
    """Forecast many series with one recurrent model that learns from all of them, or one a series.

    A network reads a window of the past, scaled by its own level and spread, with features and the
    calendar, and corrects the naive forecast of the coming steps. Early stopping and the intervals
    look at the last steps of each series, which no network learns from.

    Args:
        settings: a `PanelSettings`; or instead
        preset, **options: a preset's name and single settings of `PanelSettings`.

    Example:
        >>> import frontal
        >>> table = {"unique_id": ["a"] * 40 + ["b"] * 40, "ds": [*range(40)] * 2, "y": [i % 4 for i in range(80)]}
        >>> model = frontal.PanelForecaster(horizon=4, periods=(4,), epochs=2, members=1).fit(table)
        >>> [row["frontal"] > 0.5 for row in model.forecast().to_rows()[:4]]
        [False, True, True, True]
    """

    kind: ClassVar = KIND
    settings_type: ClassVar = PanelSettings
    panel: Panel
    """after `fit`: the series that were learned"""

    def __init__(self, settings: PanelSettings | None = None, *, preset: str | None = None, **options: Any) -> None:
        super().__init__(settings, preset=preset, **options)
        self._library: Library | None = None

    def read(self, data: Any, *, statics: Any = None) -> Panel:
        """Read a panel: with the columns that were fitted, or before `fit` with those that the settings name."""
        if isinstance(data, Panel):
            return data
        if hasattr(self, "panel"):
            return read_panel(data, self.panel.roles, statics=statics, categories=self.panel.categories)
        named_ = {name: getattr(self.settings, name) for name in PanelRoles.__dataclass_fields__}
        panel = read_panel(data, PanelRoles(**named_), statics=statics)
        keep = self.settings.keep
        return panel if keep is None else panel.until(np.minimum(panel.lengths, keep))

    def fit(self, data: Any, *, statics: Any = None, progress: Progress | None = None) -> Self:
        """Train on all of `data`: a path, frame, dict or `Panel`.

        Args:
            data: what `frontal.data.panel_read.read_panel` takes.
            statics: a table with one row a series and its static features, where they do not stand in `data`.
            progress: told about every batch.
        """
        self._library = library_of(data)
        panel = type(self)(self.settings).read(data, statics=statics)
        self.chosen, guesses = complete(self.settings, panel)
        self.panel, self.notes = panel, [*panel.notes, *guesses]
        progress = progress or SilentProgress()
        groups = [panel] if self.chosen.panel == "global" else [panel.take([s]) for s in range(len(panel))]
        began = perf_counter()
        self.models, self.log, self.interrupted = [], [], False
        progress.start(len(groups) * self.chosen.members * self.chosen.epochs, f"training on {len(panel)} series")
        try:
            with threads_to_train(self.chosen.batch_size * self.chosen.hidden):
                for number, group in enumerate(groups, start=1):
                    self._train(group, number, progress)
                    if self.interrupted and len(self.models) < len(groups):
                        raise FrontalError(f"interrupted after {len(self.models)} of {len(groups)} series")
        finally:
            progress.stop()
        self.seconds = perf_counter() - began
        if self.interrupted:
            self.notes.append("Training was interrupted: what was learned so far is kept.")
        return self

    def _train(self, panel: Panel, number: int, progress: Progress) -> None:
        model = PanelModel.untrained(self.chosen, panel)
        histories = model.train(self.chosen, panel, progress)
        self.models.append(model)
        self.log += [
            {"model": number, "member": member, **line}
            for member, history in enumerate(histories, start=1)
            for line in history.as_dicts()
        ]
        self.interrupted = self.interrupted or any(history.interrupted for history in histories)

    def predict(
        self, horizon: int | None = None, data: Any = None, *, future: Any = None, statics: Any = None
    ) -> Any:  # fmt: skip
        """Forecast what follows each series, as a frame of the library that the data came in (else polars or pandas).

        The columns are those of the series and of the time under their own names, then "frontal",
        "lower_80", "upper_80", "lower_95" and "upper_95". The arguments are those of `forecast`.
        """
        library = library_of(data) if data is not None else self._library
        return frame_of(self.forecast(horizon, data, future=future, statics=statics).to_columns(), library)

    def forecast(
        self, horizon: int | None = None, data: Any = None, *, future: Any = None, statics: Any = None
    ) -> PanelForecast:  # fmt: skip
        """Forecast what follows each series.

        Args:
            horizon: steps; None for as many as were trained. Beyond them the forecast is fed back.
            data: other pasts to continue, with the columns of the fitted ones.
            future: a table with series, time and the known features of the coming steps, where they
                do not stand behind the last values already.
            statics: the static features of `data`, where they do not stand in it.
        """
        self._fitted()
        if horizon is not None and (not isinstance(horizon, int) or isinstance(horizon, bool) or horizon < 1):
            raise FrontalError(f"horizon must be a whole number of steps >= 1, got {horizon!r}")
        horizon = horizon or self.chosen.horizon or 1
        panel = self.panel if data is None else self._checked(self.read(data, statics=statics))
        panel = panel if future is None else with_future(panel, future)
        refuse_unknown_future(panel, horizon)
        mean, lower, upper = self.paths(panel, np.arange(len(panel)), panel.lengths - 1, horizon)
        longer = panel.ahead(horizon)
        rows = longer.ends[:, None] + np.arange(1, horizon + 1)
        when = longer.steps[rows] if longer.times is None else longer.times[rows]
        return PanelForecast(
            panel.ids, when, mean, lower, upper, panel.roles.unique_id or "unique_id", panel.roles.time or "ds",
            numbered=panel.numbered,
        )  # fmt: skip

    def paths(self, panel: Panel, series: Any, ends: Any, horizon: int | None = None) -> Paths:
        """Forecast from steps `ends` (W,) of series number `series` (W,): means and bounds, each (W, horizon)."""
        series, ends = torch.as_tensor(np.asarray(series)), torch.as_tensor(np.asarray(ends))
        if len(self._fitted()) == 1 and self.chosen.panel == "global":
            return self.models[0].paths(panel, series, ends, horizon)
        parts: list[Paths] = []
        order: list[int] = []
        for s in series.unique().tolist():
            mine = (series == s).nonzero()[:, 0]
            order += mine.tolist()
            model = self.models[self.panel.ids.index(panel.ids[s])]
            parts.append(model.paths(panel.take([s]), torch.zeros_like(mine), ends[mine], horizon))
        back = np.argsort(order)
        lower, upper = ({level: np.vstack([p[k][level] for p in parts])[back] for level in parts[0][k]} for k in (1, 2))
        return np.vstack([part[0] for part in parts])[back], lower, upper

    def backtest(self, data: Any, *, statics: Any = None, progress: Progress | None = None) -> PanelBacktest:
        """Fit without the last windows of each series (settings: test, test_stride, test_refit), and measure on them.

        The model that is left is that of the last fit.
        """
        self._library = library_of(data)
        return backtest_panel(self, type(self)(self.settings).read(data, statics=statics), progress)

    def measure(self, data: Any, *, statics: Any = None, start: Any = None, stride: int | None = None) -> PanelBacktest:
        """Forecast `data` from the past of its steps, without training.

        Args:
            data: series with the columns of the fitted ones.
            statics: their static features, where they do not stand in `data`.
            start: first step of each series that counts as test, one number or (S,); None for the first
                with enough past.
            stride: steps between two forecasts; None for the horizon.
        """
        self._fitted()
        panel = self._checked(self.read(data, statics=statics))
        return measure_panel(self, panel, start=start, stride=stride)

    def has_seen(self, panel: Panel) -> bool:
        """Whether a series of `panel` begins before one of the same name that was fitted ends."""
        ours = {name: s for s, name in enumerate(self.panel.ids)}
        if (self.panel.times is None) != (panel.times is None):
            return False
        mine = self.panel.steps if self.panel.times is None else self.panel.times.astype(np.int64)
        theirs = panel.steps if panel.times is None else panel.times.astype(np.int64)
        pairs = [(s, ours[name]) for s, name in enumerate(panel.ids) if name in ours]
        return any(theirs[panel.starts[s]] <= mine[self.panel.ends[o]] for s, o in pairs)

    def subject(self, data: Any, *, most: int | None = None, series: str | None = None, member: int = 0) -> Series:
        """Return a network of the ensemble along series, for `frontal.diagnostics.capture`.

        Args:
            data: as for `fit`.
            most: steps that are looked at: so many windows as fit, one at least.
            series: name of the one that is looked at; by default all of them, or with panel="each" the first.
            member: number of the network.
        """
        models, panel = self._fitted(), self._checked(self.read(data))
        series = panel.ids[0] if series is None and self.chosen.panel == "each" else series
        if series is not None and series not in panel.ids:
            raise FrontalError(f"{panel.name} has no series {series!r}; {did_you_mean(series, panel.ids)}")
        panel = panel if series is None else panel.take([panel.ids.index(series)])
        model = models[self.panel.ids.index(panel.ids[0]) if self.chosen.panel == "each" else 0]
        if not 0 <= member < len(model.networks):
            raise FrontalError(f"there is no member {member}; the members are 0 to {len(model.networks) - 1}")
        return panel_subject(model, panel, most=most, member=member)

    def contents(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        """The networks, and the series that `predict` continues."""
        return panel_contents(self._fitted(), self.panel)

    def restore(self, run: Run) -> None:
        """Take networks and series."""
        self.panel = restored_panel(run)
        self.models = restored_models(run, self.chosen)

    def _fitted(self) -> list[PanelModel]:
        if not hasattr(self, "models"):
            raise FrontalError("this PanelForecaster is not fitted yet; call fit(data) first, or frontal.load(run)")
        return self.models

    def _checked(self, panel: Panel) -> Panel:
        """The panel, if this model can continue it."""
        ours, theirs = self.panel.frequency, panel.frequency
        if ours is not None and theirs is not None and ours != theirs:
            raise FrontalError(f"{panel.name} is {theirs}, the model learned {ours} steps")
        if (self.panel.times is None) != (panel.times is None) and self.chosen.calendar:
            raise FrontalError(
                f"{panel.name}: the model reads the calendar, and needs evenly spaced times as it learned"
            )
        if self.chosen.panel == "each":
            unknown = [name for name in panel.ids if name not in self.panel.ids]
            if unknown:
                raise FrontalError(
                    f"{panel.name}: there is no model for series {named_few(unknown)}; train with panel='global'"
                )
        refuse_short(panel, least_past(self.chosen), why(self.chosen, 0))
        return panel
