"""Is anything of a run lost? Kills, cuts, full disks, two processes on one folder: `python -m benchmarks.soak`."""
