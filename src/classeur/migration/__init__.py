"""Old `ImageDataGenerator` code: mended (`classeur migrate`) and linted (`classeur migrate --check`).

A room of its own: it reads code and knows nothing of images, models or trainings. Code is rewritten by its syntax tree
with LibCST, so that comments and formatting survive, and judged by tracing values through Python's own syntax tree.
"""
