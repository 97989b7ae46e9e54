"""Step 4 of the tutorial, train: a recipe, a loop that can be stopped and resumed, and its history."""
