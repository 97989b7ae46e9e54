"""Step 5 of the tutorial, test: probabilities, scores with intervals, predictions for new files."""
