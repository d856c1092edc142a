"""From strokes to files: PNG, SVG, plotter paths, JSON."""
