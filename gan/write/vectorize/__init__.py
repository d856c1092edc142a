"""Convert the pixels of a drawing to pen strokes."""
