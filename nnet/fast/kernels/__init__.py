"""The loops that do the work: raw arrays in, raw arrays out. They know nothing of layers or networks."""
