"""Write the pages as static files, which need no server."""
