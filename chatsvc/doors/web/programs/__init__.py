"""HTTP for programs: hooks, streams of events, history, and messages."""
