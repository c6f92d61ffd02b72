"""A compiled function as an address, so that a parallel loop calls it without compiling it again.

Numba compiles a parallel loop in four layers and each of them holds all that it calls; an address holds nothing.
"""

from functools import cache

from numba import config, types


class _Address(types.WrapperAddressProtocol):
    """What Numba takes for a first-class function."""

    def __init__(self, compiled):
        self._compiled = compiled  # keeps the code alive
        self._address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name)

    def __wrapper_address__(self):
        return self._address

    def signature(self):
        return self._compiled.signature


@cache
def address_of(function, arguments):
    """Address of a kernel compiled for these argument types; the function itself where the compiler is off."""
    if config.DISABLE_JIT:
        return function
    function.compile(arguments)
    return _Address(function.overloads[arguments])
