"""The machine: descriptors, clock, software, systemd."""
