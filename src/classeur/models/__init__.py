"""Step 3 of the tutorial, build: networks from raw uint8 pixels to logits, and the saved models."""
