"""What a person gets to see: pictures, progress, words."""
