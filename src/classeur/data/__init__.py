"""Step 1 of the tutorial, understand the data: get it, list it, judge it, split it."""
