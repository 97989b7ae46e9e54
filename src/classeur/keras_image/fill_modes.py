"""What is beyond the edge of an image: SciPy's names, and the codes by which the compiled kernel knows them."""

NEAREST, REFLECT, MIRROR, WRAP, GRID_WRAP, CONSTANT = range(6)

CODES = {
    "nearest": NEAREST,
    "reflect": REFLECT,
    "grid-mirror": REFLECT,
    "mirror": MIRROR,
    "wrap": WRAP,
    "grid-wrap": GRID_WRAP,
    "constant": CONSTANT,
}
