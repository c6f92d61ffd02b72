"""Trigger channels: where the codes of a parallel port become events.

A BioSemi ``Status`` word has 24 bits: the lowest 16 are the trigger port; bit 16 marks a new epoch, 17 to 19 and 21 the
speed mode, 20 says that CMS is in range, 22 that the battery is low, 23 which amplifier it is. Only the port makes
events.
"""

import numpy as np

__all__ = ["PORT", "trigger_events"]

#: The bits of a parallel port, and of a BioSemi Status word that are triggers.
PORT = 0xFFFF


def trigger_events(codes, mask=PORT):
    """Find where a trigger channel takes a new code.

    An event is a change to a code other than 0. The code that a recording starts with is none. Bits that are set from
    the first sample to the last are pulled up, and taken out of all codes. Bits do not switch in the same sample
    always: a code seen for one sample only is passed over if its bits are on their way up to the next code, or what is
    left of the one before.

    Parameters
    ----------
    codes : array-like of shape (n_times,)
        Whole numbers as the channel holds them.
    mask : int, default=0xFFFF
        Bits that are triggers; ``0xFF`` for a port of eight.

    Returns
    -------
    onsets : ndarray of shape (n_events,)
        Index of the first sample of each event.
    codes : ndarray of shape (n_events,)
        Its code.

    Examples
    --------
    >>> status = [0x100000, 0x100000, 0x100005, 0x100005, 0x100000, 0x110003, 0x110000]
    >>> [part.tolist() for part in trigger_events(status)]
    [[2, 5], [5, 3]]
    """
    codes = np.asarray(codes).astype(np.int64) & mask
    if not codes.size:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    codes &= ~np.bitwise_and.reduce(codes)
    onsets = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
    codes, lengths = codes[onsets], np.diff(onsets, append=codes.size)
    before, after = np.concatenate([[0], codes[:-1]]), np.concatenate([codes[1:], [0]])
    is_left_over = (codes & ~before == 0) & (before != 0)
    is_on_its_way = (codes & ~after == 0) & (after != 0)
    stays = (lengths > 1) | ~(is_left_over | is_on_its_way) | (codes == 0)
    stays[0] = True
    onsets, codes = onsets[stays], codes[stays]
    is_event = (codes != 0) & (np.diff(codes, prepend=codes[:1]) != 0)
    return onsets[is_event], codes[is_event]
