"""`make run`: one process that starts, watches and stops everything else."""
