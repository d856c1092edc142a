"""Test that a run survives kills, power cuts and full disks."""
