"""Step 2 of the tutorial, feed it: augmentation is drawn first, images are warped once, batches are made ahead."""
