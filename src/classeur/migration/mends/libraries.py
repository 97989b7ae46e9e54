"""Names that other libraries and Python itself have removed, and that code around Keras still uses."""

NAMES = {
    "numpy.float": "float",
    "numpy.int": "int",
    "numpy.object": "object",
    "numpy.complex": "complex",
    "time.clock": "time.perf_counter",
    "PIL.Image.ANTIALIAS": "PIL.Image.LANCZOS",
}
# Names of Python 2 that were built in.
BUILT_IN = {"xrange": "range", "raw_input": "input", "unicode": "str", "unichr": "chr"}
METHODS = {"iteritems": "items", "itervalues": "values", "iterkeys": "keys"}  # of a dict
MODULES = {
    "sklearn.cross_validation": "sklearn.model_selection",
    "sklearn.grid_search": "sklearn.model_selection",
}
