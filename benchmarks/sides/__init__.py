"""What takes part in a contest: our programs and others', and the work both do."""
