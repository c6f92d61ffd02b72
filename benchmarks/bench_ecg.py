"""Time and memory of the beats of an ECG: ten minutes at 250 Hz, or as many cut into windows."""

import neurokit2 as nk

from physiofer.signals import cardiac

RATE = 250.0


class _TenMinutes:
    """One recording; each function runs once before it is timed, so that it is compiled."""

    def setup(self):
        self.ecg = nk.ecg_simulate(duration=600, sampling_rate=int(RATE), noise=0.05, method="simple", random_state=1)
        self.run()

    def time_run(self):
        self.run()

    def peakmem_run(self):
        self.run()


class ECGBeats(_TenMinutes):
    def run(self):
        return cardiac.ecg_beats(self.ecg, RATE)


class ECGPeaks(_TenMinutes):
    def run(self):
        return cardiac.ecg_peaks(self.ecg, RATE)


class ECGBeatsWindows(_TenMinutes):
    def run(self):
        return cardiac.ecg_beats_windows(self.ecg.reshape(-1, int(30 * RATE)), RATE)
