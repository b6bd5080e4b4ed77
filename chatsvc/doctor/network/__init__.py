"""The ways to the server: ports, name, certificate, proxies."""
