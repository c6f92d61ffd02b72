"""What the readers compute, said as plainly as possible: slow, loop-like, nothing from physiofer."""

import csv
import math


def e4_sensor(text, n_columns):
    """Start, rate and columns of an E4 sensor file that is well formed."""
    lines = text.splitlines()
    start, rate = float(lines[0].split(",")[0]), float(lines[1].split(",")[0])
    columns = [[] for _ in range(n_columns)]
    for line in lines[2:]:
        for column, cell in zip(columns, line.split(","), strict=True):
            column.append(float(cell))
    return start, rate, columns


def lines_of_numbers(lines, n_columns):
    """Rows of numbers; a line that is anything else is a row of NaN."""
    rows = []
    for line in lines:
        try:
            row = [float(cell) for cell in line.decode("latin-1").split(",")]
        except ValueError:
            row = []
        if len(row) != n_columns or "_" in line.decode("latin-1") or not all(math.isfinite(cell) for cell in row):
            row = [math.nan] * n_columns
        rows.append(row)
    return rows


def number_table(text):
    """Columns of a comma-separated text with a header; empty cells are NaN."""
    rows = list(csv.reader(text.splitlines()))
    return {name: [float(row[k] or "nan") for row in rows[1:]] for k, name in enumerate(rows[0])}


def runs(samples, hole=1.5):
    """Runs of equal labels in (subject, time, label) rows: (subject, onset, duration, label), subject after subject."""
    events = []
    for subject in dict.fromkeys(row[0] for row in samples):
        own = sorted(row[1:] for row in samples if row[0] == subject)
        steps = sorted(after[0] - before[0] for before, after in zip(own[:-1], own[1:], strict=True))
        half = len(steps) // 2
        step = steps[half] if len(steps) % 2 else (steps[half - 1] + steps[half]) / 2
        first = 0
        for k in range(len(own)):
            last_of_all = k == len(own) - 1
            after_hole = not last_of_all and own[k + 1][0] - own[k][0] > hole * step
            if last_of_all or after_hole or own[k + 1][1] != own[k][1]:
                end = own[k][0] + step if last_of_all or after_hole else own[k + 1][0]
                events.append((subject, own[first][0], end - own[first][0], own[k][1]))
                first = k + 1
    return events
