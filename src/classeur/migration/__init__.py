"""Old `ImageDataGenerator` code: updated (`classeur migrate`) and checked (`classeur migrate --check`).

This package only reads code; it does not depend on the rest of classeur. LibCST rewrites the code by its syntax tree,
so that comments and formatting stay. Checks follow values through Python's own syntax tree.
"""
