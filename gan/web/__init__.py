"""What the server needs apart from its routes: the runs and the live one, the broadcast to browsers, the guard."""
