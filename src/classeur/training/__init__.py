"""Step 4 of the tutorial, train: a recipe, a loop that can stop and go on, and its history."""
