"""How long tests wait for what has to happen: on a busy machine, everything takes its time."""

PATIENCE = 120.0  # seconds; what has not happened by then will not
