"""PyTorch nets of other kinds than the snippets' examples: what a reader's model may be."""

import torch
from torch import nn


class Functional(nn.Module):
    """Activations as functions, so that there is no module to hook."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(nn.functional.gelu(self.second(torch.relu(self.first(x)))))


class Backwards(nn.Module):
    """Layers registered in another order than they run in."""

    def __init__(self):
        super().__init__()
        self.head, self.body = nn.Linear(16, 3), nn.Sequential(nn.Linear(8, 16), nn.Tanh())

    def forward(self, x):
        return self.head(self.body(x))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.LSTM(8, 12, batch_first=True), nn.Linear(12, 3)

    def forward(self, x):
        return self.head(self.cell(x)[0][:, -1])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.block(x).mean(dim=1))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter, self.branch, self.head = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x):
        h = self.enter(x)
        return self.head(h + torch.relu(self.branch(h)))


def _plain(**relu):
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(**relu), nn.Linear(16, 16), nn.ReLU(**relu), nn.Linear(16, 3))


def _frozen():
    model = _plain()
    model[0].requires_grad_(False)
    return model


def _shared():
    layer, relu = nn.Linear(16, 16), nn.ReLU()
    return nn.Sequential(nn.Linear(8, 16), relu, layer, relu, layer, relu, nn.Linear(16, 3))


def _conv():
    features = [nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*features, nn.Dropout(0.2), nn.Linear(54, 3))


ROWS, IMAGES, SEQUENCES = (5, 8), (5, 3, 8, 8), (5, 7, 8)

# name: (make, shape of the input)
MODELS = {
    "plain": (_plain, ROWS),
    "in-place ReLU": (lambda: _plain(inplace=True), ROWS),
    "functional activations": (Functional, ROWS),
    "registered backwards": (Backwards, ROWS),
    "no bias": (lambda: nn.Sequential(nn.Linear(8, 16, bias=False), nn.GELU(), nn.Linear(16, 3, bias=False)), ROWS),
    "frozen first layer": (_frozen, ROWS),
    "a layer used twice": (_shared, ROWS),
    "layer norm": (lambda: nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.SiLU(), nn.Linear(16, 3)), ROWS),
    "convolutions": (_conv, IMAGES),
    "residual": (Residual, ROWS),
    "LSTM": (Recurrent, SEQUENCES),
    "attention": (Attending, SEQUENCES),
}


def build(name):
    """The model, ready to be looked at: inputs, labels, and gradients of one backward pass."""
    make, shape = MODELS[name]
    torch.manual_seed(1)
    model = make()
    x, labels = torch.randn(*shape), torch.arange(shape[0]) % 3
    nn.functional.cross_entropy(model(x), labels).backward()
    return model, x, labels
