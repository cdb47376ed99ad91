"""Units changed while a model runs, beside loops by hand; and nothing changed where nothing was asked for."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import frontal
from frontal import FrontalError
from frontal.cells import catalogue, named
from frontal.diagnostics.intervene import Change, add, cells_of, clamp, intervening, replace, scale
from frontal.diagnostics.recording import run_recorded
from frontal.layers import Recurrent
from frontal.layers.linear_recurrence import LinearRecurrence

T, B, I, H = 9, 2, 3, 4  # noqa: E741
Touch = Callable[[int, int, dict[str, Tensor]], dict[str, Tensor]]


def lstm_step(weights: dict[str, Tensor], x: Tensor, h: Tensor, c: Tensor) -> dict[str, Tensor]:
    a = x @ weights["ih"].T + weights["bias_ih"] + h @ weights["hh"].T + weights["bias_hh"]
    i, f, g, o = a[:, :H].sigmoid(), a[:, H : 2 * H].sigmoid(), a[:, 2 * H : 3 * H].tanh(), a[:, 3 * H :].sigmoid()
    c = f * c + i * g
    return {"h": o * c.tanh(), "c": c}


def gru_step(weights: dict[str, Tensor], x: Tensor, h: Tensor) -> dict[str, Tensor]:
    a, b = x @ weights["ih"].T + weights["bias_ih"], h @ weights["hh"].T + weights["bias_hh"]
    r, z = (a[:, :H] + b[:, :H]).sigmoid(), (a[:, H : 2 * H] + b[:, H : 2 * H]).sigmoid()
    n = (a[:, 2 * H :] + r * b[:, 2 * H :]).tanh()
    return {"h": (1 - z) * n + z * h}


def by_hand(model: Any, x: Tensor, touch: Touch) -> Tensor:
    """Two layers in a plain loop; `touch(t, layer, states)` changes the states after each step."""
    step = lstm_step if isinstance(model, frontal.LSTM) else gru_step
    names = ("h", "c") if isinstance(model, frontal.LSTM) else ("h",)
    of = dict(model.named_parameters())
    states = [{name: x.new_zeros(B, H) for name in names} for _ in range(2)]
    outputs: list[Tensor] = []
    for t in range(T):
        y = x[t]
        for layer in range(2):
            weights: dict[str, Tensor] = {
                "ih": of[f"weight_ih_l{layer}"], "hh": of[f"weight_hh_l{layer}"],
                "bias_ih": of[f"bias_ih_l{layer}"], "bias_hh": of[f"bias_hh_l{layer}"],
            }  # fmt: skip
            states[layer] = touch(t, layer, step(weights, y, *states[layer].values()))
            y = states[layer]["h"]
        outputs.append(y)
    return torch.stack(outputs)


@pytest.fixture(params=["lstm", "gru"])
def model(request: pytest.FixtureRequest) -> Any:
    torch.manual_seed(0)
    kind = {"lstm": frontal.LSTM, "gru": frontal.GRU}[request.param]
    return kind(I, H, num_layers=2).double()


@pytest.fixture
def x() -> Tensor:
    return torch.randn(T, B, I, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def title(model: Any, layer: int) -> str:
    return f"{type(model).__name__}, layer {layer}"


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("backend", ["auto", "reference"])
def test_a_unit_clamped_in_the_middle(model: Any, x: Tensor, layer: int, backend: str) -> None:
    model.backend = backend

    def touch(t: int, at: int, states: dict[str, Tensor]) -> dict[str, Tensor]:
        if at == layer and 3 <= t < 6:
            states["h"] = states["h"].clone()
            states["h"][:, 2] = 0.7
        return states

    with intervening(model, [clamp(f"{title(model, layer)}/h", 2, 0.7, steps=slice(3, 6))]):
        found, _ = model(x)
    torch.testing.assert_close(found, by_hand(model, x, touch), rtol=1e-10, atol=1e-12)
    assert not torch.allclose(found[6:], model(x)[0][6:])  # the later steps remember it


def test_the_inner_state_scaled_added_to_and_pasted(x: Tensor) -> None:
    torch.manual_seed(0)
    model = frontal.LSTM(I, H, num_layers=2).double()
    moment = torch.linspace(-1, 1, H, dtype=torch.float64)

    def touch(t: int, at: int, states: dict[str, Tensor]) -> dict[str, Tensor]:
        c = states["c"].clone()
        if at == 0 and t >= 4:
            c[:, [1, 3]] *= 0.5
        if at == 0 and t < 2:
            c[1, 0] += 2.0
        if at == 1 and t == 5:
            c = moment.expand(B, -1)
        return states | {"c": c}

    changes = [
        scale("LSTM, layer 0/c", [1, 3], 0.5, steps=slice(4, None)),
        add("LSTM, layer 0/c", 0, 2.0, steps=slice(2), sequences=1),
        replace("c", moment, step=5),
    ]
    with intervening(model, changes):
        found, _ = model(x)
    torch.testing.assert_close(found, by_hand(model, x, touch), rtol=1e-10, atol=1e-12)


def test_changes_of_one_unit_act_one_after_another(model: Any, x: Tensor) -> None:
    one = [clamp("h", 0, 0.4), scale("h", 0, 0.5), add("h", 0, 0.1)]
    with intervening(model, one), intervening(model, [scale("h", 0, 10.0)]):
        found, _ = model(x)
    torch.testing.assert_close(found[..., 0], torch.full((T, B), 3.0, dtype=torch.float64))
    with intervening(model, one):
        with intervening(model, [scale("h", 0, 10.0)]):
            pass
        torch.testing.assert_close(model(x)[0][..., 0], torch.full((T, B), 0.3, dtype=torch.float64))


def test_a_batch_of_changes_is_each_of_them(model: Any, x: Tensor) -> None:
    signal = f"{title(model, 0)}/h"
    copies = x[:, :1].expand(-1, H, -1)
    with intervening(model, [clamp(signal, unit, sequences=unit) for unit in range(H)]):
        together, _ = model(copies)
    for unit in range(H):
        with intervening(model, [clamp(signal, unit)]):
            alone, _ = model(x[:, :1])
        torch.testing.assert_close(together[:, unit], alone[:, 0])


@pytest.mark.parametrize("cell", list(catalogue().values()), ids=list(catalogue()))
def test_any_cell_runs_as_ever_where_nothing_is_changed_and_backwards(cell: Any) -> None:
    torch.manual_seed(0)
    layer = Recurrent(cell, I, H, bidirectional=True, backend="reference")
    given, lengths = torch.randn(5, 2, I), [5, 3]
    usual, _ = layer(given, lengths=lengths)
    state = layer.bound_cells()[1].states[0]
    with intervening(layer, [scale(f"Recurrent, backwards/{state}", None, 1.0)]):
        same, _ = layer(given, lengths=lengths)
    assert torch.equal(usual, same)  # the same loop: to the last bit
    with intervening(layer, [clamp(f"Recurrent, backwards/{state}", 1, 0.25, steps=slice(2, 3))]):
        found, _ = layer(given, lengths=lengths)
    width = usual.shape[-1] // 2
    assert torch.equal(found[3:], usual[3:])  # backwards: what came before is untouched
    assert torch.equal(found[:, :, :width], usual[:, :, :width])
    assert (found[2, :, width + 1] == 0.25).all()
    fed_back = not hasattr(cell, "read_out") and cell.__name__ != "TLSTM"  # or else the output is not read again
    assert torch.equal(found[:2, :, width:], usual[:2, :, width:]) != fed_back


def test_kernels_agree_with_the_loop_where_nothing_is_changed(model: Any, x: Tensor) -> None:
    usual, _ = model(x)
    with intervening(model, [scale("h", None, 1.0)]):
        same, _ = model(x)
    torch.testing.assert_close(same, usual, rtol=1e-12, atol=1e-14)
    with intervening(model, []):
        assert torch.equal(model(x)[0], usual)


def test_gradients_pass_through_a_change_and_are_as_ever_after_it(model: Any, x: Tensor) -> None:
    def gradients() -> list[Tensor]:
        given = x.clone().requires_grad_()
        return list(torch.autograd.grad(model(given)[0].square().sum(), [given, *model.parameters()]))

    usual = gradients()
    with intervening(model, [clamp(f"{title(model, 1)}/h", None, 0.5, steps=slice(4, 5))]):
        changed = gradients()
    for before, after in zip(usual, gradients(), strict=True):
        assert torch.equal(before, after)
    assert not torch.allclose(usual[0], changed[0])
    if isinstance(model, frontal.GRU):  # its only state was forgotten, so the other one alone carries x[4] on
        with intervening(model, [clamp(f"{title(model, k)}/h", None, 0.5, steps=slice(4, 5)) for k in range(2)]):
            assert not gradients()[0][:5].flatten()[4 * B * I :].any()


def test_a_recording_sees_the_change(model: Any, x: Tensor) -> None:
    with intervening(model, [clamp(f"{title(model, 0)}/h", 1, -0.5, steps=slice(2, 4))]):
        usual, _ = model(x)
        (found, _), records = run_recorded(model, x)
    torch.testing.assert_close(found, usual)
    assert [record.name for record in records] == list(cells_of(model))
    h = records[0].states(records[0].after)["h"]
    assert (h[2:4, :, 1] == -0.5).all()
    assert (h[[0, 1, 4, 5], :, 1] != -0.5).all()
    assert "as_they_run" not in vars(model)


def test_an_exploded_unit_is_clamped(x: Tensor) -> None:
    model = Recurrent(named("elman"), I, H).double()
    given = x.clone()
    given[2] = float("inf")
    with intervening(model, [clamp("h", None, 0.0, steps=slice(2, 3))]):
        outputs, _ = model(given)
    assert outputs.isfinite().all()


def test_a_layer_that_scans_runs_step_by_step() -> None:
    layer = LinearRecurrence("min_gru", I, H, method="loop")
    with intervening(layer, [clamp("h", 0, 3.0)]):
        assert (layer(torch.randn(T, B, I))[0][..., 0] == 3.0).all()
    assert layer.method == "loop"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (clamp("LSTM, layer 2/h", 0), "no state or gate 'LSTM, layer 2/h'"),
        (clamp("r", 0), "no state or gate 'r'"),
        (clamp("h", 4), "units 0 to 3; there is no 4"),
        (clamp("h", -1), "units 0 to 3; there is no -1"),
    ],
)
def test_what_is_not_there_is_refused(change: Change, words: str) -> None:
    model = frontal.LSTM(I, H, num_layers=2)
    with pytest.raises(FrontalError, match=words), intervening(model, [change]):
        pass


def test_wrong_values_and_single_steps_are_refused() -> None:
    model = frontal.LSTM(I, H)
    wrong = r"\(3,\) values do not fit \(steps, sequences, units\) = \(1, 2, 4\)"
    with intervening(model, [replace("h", torch.zeros(3), step=1)]), pytest.raises(FrontalError, match=wrong):
        model(torch.zeros(T, B, I))
    with pytest.raises(FrontalError, match="one step to a later one"):
        clamp("h", 0, steps=slice(-3, None))
    with intervening(model, [clamp("h", 0)]), pytest.raises(FrontalError, match="takes"):
        model.stream().step(torch.zeros(1, I))
    with pytest.raises(FrontalError, match="no state or gate 'h'"), intervening(torch.nn.Linear(2, 2), [clamp("h", 0)]):
        pass
