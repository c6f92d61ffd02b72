"""A small reader of WFDB records (signal formats 16 and 212, MIT annotations), after the public description."""

from pathlib import Path

import numpy as np

#: Annotation codes that stand for a beat (``N L R a V F J A S E j / Q e n B r f`` of the mnemonics).
BEAT_CODES = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 30, 34, 35, 38, 41})


def read_signals(path):
    """Signals of shape (n_channels, n_times) in physical units and rate in Hz of the record with the given header.

    All signals of the record must lie in one file.
    """
    path = Path(path)
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    fields = lines[0].split()
    n_channels, rate = int(fields[1]), float(fields[2].split("/")[0])
    specifications = [line.split() for line in lines[1 : 1 + n_channels]]
    raw = np.fromfile(path.with_name(specifications[0][0]), dtype=np.uint8)
    samples = _decoded(raw, int(specifications[0][1])).reshape(-1, n_channels).T
    signals = np.empty(samples.shape)
    for channel, fields in enumerate(specifications):
        gain = fields[2].split("/")[0]
        zero = int(fields[4])
        if "(" in gain:
            gain, baseline = gain.rstrip(")").split("(")
            zero = int(baseline)
        signals[channel] = (samples[channel] - zero) / (float(gain) or 200.0)
    return signals, rate


def _decoded(raw, storage):
    """Samples of a signal file: two bytes each (16), or two samples of twelve bits in three bytes (212)."""
    if storage == 16:
        return raw.view("<i2").astype(int)
    if storage != 212:
        raise ValueError(f"signal format {storage} is not read here")
    triples = raw[: raw.size // 3 * 3].reshape(-1, 3).astype(int)
    first = triples[:, 0] | ((triples[:, 1] & 0x0F) << 8)
    second = triples[:, 2] | ((triples[:, 1] & 0xF0) << 4)
    samples = np.stack([first, second], axis=1).ravel()
    return np.where(samples > 2047, samples - 4096, samples)


def read_annotations(path):
    """Sample and code of every annotation of an MIT annotation file: six bits of code and ten of time step."""
    words = np.fromfile(path, dtype="<u2").astype(int)
    samples, codes = [], []
    now = k = 0
    while k < words.size and words[k]:
        code, step = words[k] >> 10, words[k] & 1023
        if code == 59:  # SKIP: a long step in the next two words, high one first
            long_step = (words[k + 1] << 16) | words[k + 2]
            now += long_step - (1 << 32 if long_step >> 31 else 0)
            k += 2
        elif code == 63:  # AUX: a text of `step` bytes follows
            k += (step + 1) // 2
        elif code not in (60, 61, 62):  # NUM, SUB, CHN describe the annotation before
            now += step
            samples.append(now)
            codes.append(code)
        k += 1
    return np.array(samples), np.array(codes)


def read_beats(path):
    """Samples of the annotated beats."""
    samples, codes = read_annotations(path)
    return samples[np.isin(codes, list(BEAT_CODES))]
