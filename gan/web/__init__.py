"""What the server needs apart from its routes: the studio of runs, the broadcast to browsers, the guard at the door."""
