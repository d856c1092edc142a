"""From the pixels of a drawing to the strokes of a pen."""
