"""What a door is: a way in, which brings connections as visits to the chat.

A door cuts its connections' input into lines, and hands these to a `Visit`; the visit handles
everything that is the same at every door: arrival, coming back, pace, backpressure, silence, and
the end of a connection.
"""
