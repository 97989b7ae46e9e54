"""Step 1 of the tutorial, understand the data: download, list, inspect and split them."""
