"""What a door is: a way in, which brings connections as visits to the chat.

A door frames what its connections send, and hands it to a `Visit`, line by line; the visit sees to
all that is the same whichever the door: arrival, coming back, pace, backpressure, silence, and how
a connection ends.
"""
