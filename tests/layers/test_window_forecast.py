"""The network of a forecast: windows in, all steps of the horizon out."""

import pytest
import torch
from torch import nn

from frontal.cells import named
from frontal.layers.window_forecast import WindowForecast


@pytest.mark.parametrize("layers", [1, 3])
def test_dropout_follows_every_layer(layers: int) -> None:
    """At a rate of almost 1 nothing but the read-out's bias is left, and evaluation drops nothing."""
    network = WindowForecast(named("lstm"), 1, 5, 1, hidden=8, layers=layers, dropout=0.999999, linear=False)
    window = torch.randn(16, 5, 1)
    assert torch.equal(network(window), network.head.bias.expand(16, 1))
    network.eval()
    assert network(window).std() > 0


def test_it_is_four_lstm_layers_and_a_read_out() -> None:
    """The network for share prices against torch's own layers, with its weights."""
    network = WindowForecast(named("lstm"), 1, 60, 1, hidden=50, layers=4, dropout=0.2, linear=False).eval()
    theirs = nn.LSTM(1, 50, 4, batch_first=True)
    ours = [p for name, p in network.named_parameters() if name.startswith("recurrent")]
    with torch.no_grad():
        for mine, other in zip(ours, theirs.parameters(), strict=True):
            other.copy_(mine)
    window = torch.randn(8, 60, 1)
    torch.testing.assert_close(network(window), network.head(theirs(window)[0][:, -1]), rtol=1e-4, atol=1e-5)
