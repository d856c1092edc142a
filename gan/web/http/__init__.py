"""HTTP for every route: parameters, errors, access, connections, listening."""
