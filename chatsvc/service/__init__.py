"""The service that twistd runs: options, ports, signals, log."""
