"""The multi-task network by NumPy, by PyTorch on the processor and by PyTorch on a GPU, as a table.

    python benchmarks/crnn.py [--threads 1 2] [--windows 8] [--frames 16] [--turns 7] [--output table.md]

Each row is a process of its own, which holds its own backend only; rows of the same number of threads take turns, so
that a busy machine is busy for all of them. Times are the best of all turns after those that warm up, in ms per frame;
frames go from NumPy to the device in each call. Memory is the most that a row holds during a call beyond what it held
after a first call with two frames: resident memory on the processor (Linux), what PyTorch allocates on a GPU. Energy is
that of the whole device, processor package or GPU, its idle share included, where the machine lets its counter be read.
What is not there gives no row and no number, and is said to be absent.
"""

import argparse
import contextlib
import ctypes
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

JOBS = {"forward": "forward", "step": "training step"}
_ENERGY_S = 2.0  # counters tick every 1 to 100 ms: a job is repeated for this long
_RAPL = Path("/sys/class/powercap/intel-rapl:0/energy_uj")


def joules(device):
    """What the energy counter of a device shows, in J; None where it cannot be read."""
    if device == "cpu":
        with contextlib.suppress(OSError, ValueError):
            return 1e-6 * int(_RAPL.read_text())
        return None
    with contextlib.suppress(OSError, AttributeError):
        nvml, handle = ctypes.CDLL("libnvidia-ml.so.1"), ctypes.c_void_p()
        n_gpus, counter = ctypes.c_uint(), ctypes.c_ulonglong()
        is_open = nvml.nvmlInit_v2() == 0 and nvml.nvmlDeviceGetCount_v2(ctypes.byref(n_gpus)) == 0
        if not is_open or n_gpus.value != 1:  # of several, NVML numbers them in another order than PyTorch may
            return None
        is_found = nvml.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(handle)) == 0
        if is_found and nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(counter)) == 0:
            return 1e-3 * counter.value
    return None


def resident_mib(key):
    """Resident memory of this process now (VmRSS) or at its peak (VmHWM); None where the system does not tell."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(key))
    return None


class Worker:
    """One row: a backend, ready to be asked for a turn of a job, its peak of memory or its energy."""

    def __init__(self, row):
        import numpy as np

        from physiofer.crnn import CRNN, Adam

        rng = np.random.default_rng(0)
        shape = (row["windows"], row["frames"])
        x = rng.random((*shape, 3, 64, 64), dtype=np.float32)
        y, heart_rate = rng.integers(0, 2, (shape[0], 1)), rng.uniform(55.0, 100.0, shape[0])
        network, self.wait, self.device = CRNN(random_state=0), lambda: None, row["device"]
        if row["backend"] == "torch":
            import torch

            from physiofer.crnn.torch_backend import TorchAdam, TorchCRNN

            torch.set_num_threads(row["threads"])
            options = {"device": self.device, "mixed_precision": row["mixed"], "compile": row["compile"]}
            network = TorchCRNN(network, **options)
            optimiser = TorchAdam(network.parameters)
            if self.device == "cuda":
                self.wait = torch.cuda.synchronize
        else:
            optimiser = Adam(network.parameters)

        def step():
            optimiser.step(network.loss_and_gradients(x, y, heart_rate, generator=rng)[1])

        self.jobs = {"forward": lambda: network.forward(x), "step": step}
        if not row["compile"]:  # libraries set themselves up in the first call
            network.forward(x[:1, :2])
            network.loss_and_gradients(x[:1, :2], y[:1])
        self._held = self._memory("VmRSS")

    def _memory(self, key):
        """MiB held now, or at the peak since the last call with ``VmRSS``."""
        if self.device == "cuda":
            import torch

            bytes_held = torch.cuda.memory_allocated() if key == "VmRSS" else torch.cuda.max_memory_allocated()
            return bytes_held / 2**20
        return resident_mib(key)

    def time(self, job):
        """Seconds of one turn."""
        self.wait()
        start = time.perf_counter()
        self.jobs[job]()
        self.wait()
        return time.perf_counter() - start

    def memory(self, job):
        """MiB at the peak of two turns beyond what was held at first."""
        if self.device == "cuda":
            import torch

            torch.cuda.reset_peak_memory_stats()
        else:
            try:
                Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is held now
            except OSError:
                return None
        for _ in range(2):
            self.jobs[job]()
        self.wait()
        peak = self._memory("VmHWM")
        return None if peak is None else peak - self._held

    def energy(self, job):
        """Joules of one turn, device as a whole."""
        before = joules(self.device)
        if before is None:
            return None
        start, n_turns = time.perf_counter(), 0
        while time.perf_counter() - start < _ENERGY_S:
            self.jobs[job]()
            n_turns += 1
        self.wait()
        spent = joules(self.device) - before
        return spent / n_turns if spent > 0 else None  # the counter of a processor wraps round


def serve(row):
    """Answer what the main process asks, one line of JSON each way."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed must not pass for an answer
    worker = Worker(row)
    for line in sys.stdin:
        request = json.loads(line)
        answers.write(json.dumps(getattr(worker, request["what"])(request["job"])) + "\n")
        answers.flush()


class Row:
    """A row of the table, measured in a process of its own."""

    def __init__(self, name, threads, options, *, backend, device="cpu", mixed=False, compile=False):
        self.name, self.threads, self.device, self.found = name, threads, device, {}
        row = {
            "backend": backend, "device": device, "mixed": mixed, "compile": compile, "threads": threads,
            "windows": options.windows, "frames": options.frames,
        }  # fmt: skip
        pools = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", json.dumps(row)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=os.environ | dict.fromkeys(pools, str(threads)),
        )  # fmt: skip

    def ask(self, what, job):
        """An answer of the process."""
        self.process.stdin.write(json.dumps({"what": what, "job": job}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended; what it said is above.")
        return json.loads(answer)

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def rows_here(options):
    """Rows that this machine can measure, by number of threads, and what is absent."""
    groups = [
        [("NumPy", n_threads, {"backend": "numpy"}), ("torch, processor", n_threads, {"backend": "torch"})]
        for n_threads in options.threads
    ]
    absent = []
    if importlib.util.find_spec("torch") is None:
        return [group[:1] for group in groups], ["PyTorch (pip install 'physiofer[torch]'), and so any GPU"]
    import torch

    if options.compile:
        for group, n_threads in zip(groups, options.threads, strict=True):
            group.append(("torch, compiled", n_threads, {"backend": "torch", "compile": True}))
    if torch.cuda.is_available():
        name, gpu = torch.cuda.get_device_name(0), {"backend": "torch", "device": "cuda"}
        rows = [(f"torch, {name}", gpu), (f"torch, {name}, bfloat16", gpu | {"mixed": True})]
        if options.compile:
            rows.append((f"torch, {name}, bfloat16, compiled", gpu | {"mixed": True, "compile": True}))
        groups.append([(label, 1, keywords) for label, keywords in rows])
    else:
        absent.append("CUDA device: no row of a GPU was measured")
    return groups, absent


def measure(group, options):
    """Rows of a group, measured in turns."""
    rows = [Row(name, threads, options, **keywords) for name, threads, keywords in group]
    for job in JOBS:
        for row in rows:
            for _ in range(2):
                row.ask("time", job)  # compiles, and finds its algorithms
        turns = [[row.ask("time", job) for row in rows] for _ in range(options.turns)]
        for row, seconds in zip(rows, zip(*turns, strict=True), strict=True):
            row.found[job] = {"seconds": min(seconds), "memory": row.ask("memory", job)}
            row.found[job]["energy"] = row.ask("energy", job) if options.energy else None
    for row in rows:
        row.close()
    return rows


def table(rows, n_frames):
    """Lines of a table in Markdown."""
    yield "| job | backend | threads | ms/frame | frames/s | × torch, processor | peak memory, MiB | energy, mJ/frame |"
    yield "|---|---|---|---|---|---|---|---|"
    for job, title in JOBS.items():
        peers = {row.threads: row.found[job]["seconds"] for row in rows if row.name == "torch, processor"}
        for row in rows:
            found = row.found[job]
            peer = peers.get(row.threads) if row.device == "cpu" else None
            ratio = f"{peer / found['seconds']:.2f}" if peer else "—"
            memory = "—" if found["memory"] is None else f"{found['memory']:.0f}"
            energy = "—" if found["energy"] is None else f"{1e3 * found['energy'] / n_frames:.2f}"
            per_frame = found["seconds"] / n_frames
            yield (
                f"| {title} | {row.name} | {row.threads} | {1e3 * per_frame:.3g} | {1 / per_frame:.0f} | {ratio} | "
                f"{memory} | {energy} |"
            )


def about(options):
    """One line on the machine and what is measured."""
    import numpy as np

    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    if importlib.util.find_spec("torch") is not None:
        import torch

        versions += f", PyTorch {torch.__version__}"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{model}, {os.cpu_count()} processors{load}; {versions}. {options.windows} windows of {options.frames} frames "
        f"of 64x64, float32, best of {options.turns} turns."
    )


def main():
    """Print the table, and write it if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--compile", action="store_true", help="also torch.compile, which takes minutes to warm up")
    parser.add_argument("--no-energy", dest="energy", action="store_false", help="skip two seconds a job and row")
    parser.add_argument("--output", help="Markdown file for the same lines")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(json.loads(options.serve))
        return
    groups, absent = rows_here(options)
    rows = [row for group in groups for row in measure(group, options)]
    lines = [about(options), "", *table(rows, options.windows * options.frames), ""]
    lines += [f"Absent here: {what}." for what in absent]
    if options.energy and not any(row.found[job]["energy"] for row in rows for job in JOBS):
        lines.append("Absent here: energy counters that this user may read.")
    text = "\n".join(lines)
    print(text)
    if options.output:
        Path(options.output).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
