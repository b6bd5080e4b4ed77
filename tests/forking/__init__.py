"""Programs that fork from a process which has imported them: most of a start is imports."""
