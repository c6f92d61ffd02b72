"""
Where are the million weights of the multi-task network?
========================================================

Three convolutions read each frame of a face, a convolutional recurrent unit reads the sequence, and two heads, for
emotion and for heart rate, share sixteen features. Maps shrink as they gain channels; nearly all of the weights are in
the recurrent unit.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from physiofer.crnn import CRNN

# %%
# The published size: 1,052,490 weights with both heads, 1,052,473 without the heart rate.
network = CRNN(random_state=0)
print(
    f"{network.n_parameters:,} weights, {CRNN(heart_rate_head=False, random_state=0).n_parameters:,} for emotion alone"
)

# %%
# Weights by layer, counted from their names.
layers = {}
for name, values in network.parameters.items():
    layer = name.partition(".")[0]
    layers[layer] = layers.get(layer, 0) + values.size
for layer, count in layers.items():
    print(f"{layer:12}{count:>9,}")

# %%
# Maps as they leave each layer: width and height to scale, channels as a stack of sheets, one for every eight.
maps = [("frames", 3, 64), ("conv1", 32, 31), ("conv2", 64, 14), ("conv3", 128, 6), ("gru", 128, 6)]
figure, (drawing, bars) = plt.subplots(2, 1, figsize=(10, 6), height_ratios=(2, 1), layout="constrained")
left, colours = 0.0, plt.get_cmap("viridis")(np.linspace(0.15, 0.85, len(maps)))
for (label, channels, side), colour in zip(maps, colours, strict=True):
    n_sheets = max(channels // 8, 1)
    for k in reversed(range(n_sheets)):
        corner = (left + 0.8 * k, -side / 2 + 0.8 * k)
        drawing.add_patch(Rectangle(corner, side, side, facecolor=colour, edgecolor="white", linewidth=0.5))
    drawing.text(left + side / 2, -side / 2 - 3, f"{label}\n{channels} × {side}×{side}", ha="center", va="top")
    right = left + side + 0.8 * n_sheets
    drawing.add_patch(FancyArrowPatch((right + 2, 0), (right + 16, 0), arrowstyle="->", mutation_scale=12))
    if label == "gru":  # the last state passes on; each state but that goes round
        loop = FancyArrowPatch(
            (right - 2, 12), (left, 6), connectionstyle="arc3,rad=0.9", arrowstyle="->", mutation_scale=12
        )
        drawing.add_patch(loop)
        drawing.text(left + 8, 26, "once a frame", ha="center")
    left = right + 20
drawing.add_patch(Rectangle((left, -8), 2, 16, facecolor="0.3"))
drawing.text(left + 1, -11, "shared\n16", ha="right", va="top")
for height, label in ((18, "emotion: 20, then 1"), (-18, "heart rate: 1")):
    drawing.add_patch(FancyArrowPatch((left + 3, 0), (left + 14, height), arrowstyle="->", mutation_scale=12))
    drawing.text(left + 15, height, label, va="center")
drawing.set(xlim=(-2, left + 52), ylim=(-44, 36), aspect="equal")
drawing.axis("off")

bars.barh(list(layers), [count / 1000 for count in layers.values()], color="0.4")
for place, count in enumerate(layers.values()):
    bars.text(count / 1000, place, f" {count:,}", va="center")
bars.invert_yaxis()
bars.set(xlabel="weights and biases, thousands", xlim=(0, 1000))
plt.show()
